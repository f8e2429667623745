//! A disk for the log that keeps what was synced, tears the rest, and fails on demand.

use crate::records::Random;
use hannun_lake::wal::files::WalFiles;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

/// What the disk does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mischief {
    /// The operation fails, an append after some of its bytes.
    Fail,
    /// Like `Fail`, and cutting fails until further notice.
    FailAndNotCut,
    /// The power goes: half of the time before, half of the time after the operation.
    PowerCut,
}

#[derive(Debug, Default)]
struct Segment {
    durable: Vec<u8>,
    unsynced: Vec<u8>,
}

struct Disk {
    segments: BTreeMap<u64, Segment>,
    random: Random,
    /// How many operations until the mischief, and which.
    plan: Option<(u64, Mischief)>,
    cannot_cut: bool,
    is_off: bool,
    /// Processes that died keep a handle; only the newest one works.
    life: u64,
    gate_is_closed: bool,
    is_at_gate: bool,
}

/// The disk, which outlives the processes that use it.
#[derive(Clone)]
pub struct SimDisk(Arc<(Mutex<Disk>, Condvar)>);

impl SimDisk {
    pub fn new(seed: u64) -> Self {
        let disk = Disk {
            segments: BTreeMap::new(),
            random: Random(seed),
            plan: None,
            cannot_cut: false,
            is_off: false,
            life: 0,
            gate_is_closed: false,
            is_at_gate: false,
        };
        Self(Arc::new((Mutex::new(disk), Condvar::new())))
    }

    fn lock(&self) -> MutexGuard<'_, Disk> {
        self.0.0.lock().unwrap()
    }

    /// Mischief at the operation after so many others.
    pub fn plan(&self, operations: u64, mischief: Mischief) {
        self.lock().plan = Some((operations, mischief));
    }

    /// Nothing goes wrong from now on.
    pub fn heal(&self) {
        let mut disk = self.lock();
        disk.plan = None;
        disk.cannot_cut = false;
    }

    pub fn is_off(&self) -> bool {
        self.lock().is_off
    }

    /// Cuts the power: what was not synced is torn at a random byte.
    pub fn power_cut(&self) {
        let mut disk = self.lock();
        disk.life += 1;
        disk.is_off = false;
        disk.plan = None;
        disk.cannot_cut = false;
        disk.gate_is_closed = false;
        let Disk { segments, random, .. } = &mut *disk;
        for segment in segments.values_mut() {
            let kept = random.index(segment.unsynced.len() + 1);
            segment.durable.extend_from_slice(&segment.unsynced[..kept]);
            segment.unsynced.clear();
        }
        self.0.1.notify_all();
    }

    /// The log as a new process opens it.
    pub fn open(&self) -> SimWal {
        SimWal { disk: self.clone(), life: self.lock().life }
    }

    /// Makes the next append to a segment wait.
    pub fn close_gate(&self) {
        let mut disk = self.lock();
        disk.gate_is_closed = true;
        disk.is_at_gate = false;
    }

    /// Waits a moment for an append to wait, and answers whether one does.
    pub fn is_at_gate(&self) -> bool {
        let waits = |disk: &mut Disk| !disk.is_at_gate && !disk.is_off;
        let moment = Duration::from_millis(1);
        let (disk, _) = self.0.1.wait_timeout_while(self.lock(), moment, waits).unwrap();
        disk.is_at_gate || disk.is_off
    }

    pub fn open_gate(&self) {
        self.lock().gate_is_closed = false;
        self.0.1.notify_all();
    }

    /// First positions of all segments.
    pub fn segments(&self) -> Vec<u64> {
        self.lock().segments.keys().copied().collect()
    }
}

/// The log as one process sees it.
pub struct SimWal {
    disk: SimDisk,
    life: u64,
}

fn off() -> io::Error {
    io::Error::other("the power is off")
}

impl SimWal {
    fn disk(&self) -> io::Result<MutexGuard<'_, Disk>> {
        let disk = self.disk.lock();
        if disk.is_off || disk.life != self.life { Err(off()) } else { Ok(disk) }
    }

    /// Does a changing operation, or the mischief that is due. `operate` is told how much of
    /// it happens.
    fn change(&self, operate: impl Fn(&mut Disk, Share) -> io::Result<()>) -> io::Result<()> {
        let mut disk = self.disk()?;
        let due = match &mut disk.plan {
            Some((0, mischief)) => Some(*mischief),
            Some((left, _)) => {
                *left -= 1;
                None
            }
            None => None,
        };
        let Some(mischief) = due else { return operate(&mut disk, Share::All) };
        disk.plan = None;
        let happens = disk.random.below(2) == 0;
        match mischief {
            Mischief::PowerCut => {
                let done = if happens { operate(&mut disk, Share::All) } else { Ok(()) };
                disk.is_off = true;
                self.disk.0.1.notify_all();
                done.and(Err(off()))
            }
            Mischief::Fail | Mischief::FailAndNotCut => {
                disk.cannot_cut = mischief == Mischief::FailAndNotCut;
                let share = if happens { Share::All } else { Share::Part };
                operate(&mut disk, share).and(Err(io::ErrorKind::StorageFull.into()))
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Share {
    Part,
    All,
}

fn segment(disk: &mut Disk, first_position: u64) -> io::Result<&mut Segment> {
    disk.segments.get_mut(&first_position).ok_or_else(|| io::ErrorKind::NotFound.into())
}

impl WalFiles for SimWal {
    fn list(&self) -> io::Result<Vec<u64>> {
        Ok(self.disk()?.segments.keys().copied().collect())
    }

    fn read(&self, first_position: u64) -> io::Result<Vec<u8>> {
        let mut disk = self.disk()?;
        let segment = segment(&mut disk, first_position)?;
        Ok([segment.durable.as_slice(), segment.unsynced.as_slice()].concat())
    }

    fn size(&self, first_position: u64) -> io::Result<u64> {
        Ok(self.read(first_position)?.len() as u64)
    }

    fn create(&mut self, first_position: u64) -> io::Result<()> {
        self.change(|disk, share| {
            if disk.segments.contains_key(&first_position) {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            if share == Share::All {
                disk.segments.insert(first_position, Segment::default());
            }
            Ok(())
        })
    }

    fn append(&mut self, first_position: u64, bytes: &[u8]) -> io::Result<()> {
        {
            let mut disk = self.disk()?;
            if disk.gate_is_closed {
                disk.is_at_gate = true;
                self.disk.0.1.notify_all();
                drop(self.disk.0.1.wait_while(disk, |disk| disk.gate_is_closed).unwrap());
            }
        }
        self.change(|disk, share| {
            let kept = match share {
                Share::All => bytes.len(),
                Share::Part => disk.random.index(bytes.len() + 1),
            };
            segment(disk, first_position)?.unsynced.extend_from_slice(&bytes[..kept]);
            Ok(())
        })
    }

    fn sync(&mut self, first_position: u64) -> io::Result<()> {
        self.change(|disk, share| {
            let segment = segment(disk, first_position)?;
            if share == Share::All {
                let unsynced = std::mem::take(&mut segment.unsynced);
                segment.durable.extend(unsynced);
            }
            Ok(())
        })
    }

    fn truncate(&mut self, first_position: u64, size: u64) -> io::Result<()> {
        self.change(|disk, _| {
            if disk.cannot_cut {
                return Err(io::Error::other("the disk refuses to cut"));
            }
            let segment = segment(disk, first_position)?;
            let unsynced = std::mem::take(&mut segment.unsynced);
            segment.durable.extend(unsynced);
            segment.durable.truncate(usize::try_from(size).unwrap());
            Ok(())
        })
    }

    fn remove(&mut self, first_position: u64) -> io::Result<()> {
        self.change(|disk, share| {
            if share == Share::All {
                disk.segments.remove(&first_position);
            }
            Ok(())
        })
    }

    fn quarantine(&mut self, _first_position: u64) -> io::Result<()> {
        Ok(())
    }
}
