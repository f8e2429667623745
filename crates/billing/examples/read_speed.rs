//! Reads files of bills and tells how fast: `cargo run --release --example read_speed -- FILE…`.

use hannun_billing::line_source::open;
use hannun_billing::mapper::ReadOptions;
use std::fs::File;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args().skip(1) {
        let start = Instant::now();
        let mut source = open(&path, File::open(&path)?, &ReadOptions::default())?;
        let (mut lines, mut batches, mut bytes) = (0, 0, 0);
        while let Some(read) = source.next()? {
            for batch in read {
                lines += batch.records.num_rows();
                bytes += batch.records.get_array_memory_size();
                batches += 1;
            }
        }
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{path}: {lines} lines in {batches} batches of {} kB, {seconds:.2} s, {:.0} lines/s",
            bytes / batches.max(1) / 1024,
            lines as f64 / seconds
        );
    }
    Ok(())
}
