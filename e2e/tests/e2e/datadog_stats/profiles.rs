//! Profiles that Datadog's profilers send, kept byte by byte.

use super::clients;
use flate2::read::GzDecoder;
use hannun_e2e::{Row, Server, int, text};
use prost::Message;
use std::io::Read;

/// The parts of a profile in Google's format that tell a real one.
///
/// <https://github.com/google/pprof/blob/main/proto/profile.proto>
#[derive(Clone, PartialEq, Message)]
struct Pprof {
    #[prost(message, repeated, tag = "2")]
    samples: Vec<Sample>,
    #[prost(string, repeated, tag = "6")]
    strings: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
struct Sample {
    #[prost(uint64, repeated, tag = "1")]
    locations: Vec<u64>,
}

fn from_hex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// The attachments of this format, as they were sent.
fn attachments(server: &Server, format: &str) -> Vec<(Row, Vec<u8>)> {
    let rows = server.rows(&format!(
        "SELECT *, encode(payload, 'hex') AS hex FROM profiles WHERE format = '{format}'"
    ));
    let with_payload = |row: Row| {
        let payload = from_hex(text(&row, "hex"));
        assert_eq!(payload.len() as i64, int(&row, "payload_bytes"));
        (row, payload)
    };
    rows.into_iter().map(with_payload).collect()
}

/// Reads a profile, whatever it is compressed with.
fn pprof(payload: &[u8]) -> Pprof {
    let mut plain = Vec::new();
    match payload {
        [0x1f, 0x8b, ..] => drop(GzDecoder::new(payload).read_to_end(&mut plain).unwrap()),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => plain = zstd::decode_all(payload).unwrap(),
        _ => plain = payload.to_vec(),
    }
    Pprof::decode(plain.as_slice()).unwrap()
}

fn assert_profiles(server: &Server, service: &str, family: &str, function: &str) {
    let attachments = attachments(server, "pprof");
    assert!(!attachments.is_empty());
    let mut names_function = false;
    let mut has_places = false;
    for (row, payload) in &attachments {
        for (column, value) in [
            ("service_name", service),
            ("service_version", "1.0"),
            ("deployment_environment_name", "test"),
            ("family", family),
        ] {
            assert_eq!(text(row, column), value, "{column}");
        }
        assert!(!text(row, "service_instance_id").is_empty());
        assert!(text(row, "time") < text(row, "end_time"));
        let profile = pprof(payload);
        // One of the first seconds may have nothing in it.
        has_places |= profile.samples.iter().any(|sample| !sample.locations.is_empty());
        names_function |= profile.strings.iter().any(|name| name == function);
    }
    assert!(has_places, "no profile says where");
    assert!(names_function, "no profile knows the function {function}");
}

#[test]
fn profiles_of_python_are_kept_whole() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let profiling =
        [("DD_PROFILING_ENABLED", "true"), ("DD_PROFILING_UPLOAD_INTERVAL", "2"), ("LINGER", "3")];
    let Some(written) = clients::flask(&server, &profiling) else { return };
    clients::assert_no_complaint(&written);
    assert_profiles(&server, "sampled-flask", "python", "order");
    let provenance =
        server.rows("SELECT DISTINCT name FROM profiles WHERE format IS NULL ORDER BY name");
    assert_eq!(text(&provenance[0], "name"), "code-provenance.json");
    // What the profiler said is there as well, and profiles are published as all telemetry.
    server.settle(150);
    assert_eq!(server.number("SELECT count(*) AS n FROM profiles WHERE event IS NULL"), 0);
    assert!(server.number("SELECT count(DISTINCT profile_id) AS n FROM profiles") >= 2);
}

#[test]
fn profiles_of_node_are_kept_whole() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let profiling =
        [("DD_PROFILING_ENABLED", "true"), ("DD_PROFILING_UPLOAD_PERIOD", "3"), ("LINGER", "5")];
    let Some(written) = clients::express(&server, &profiling) else { return };
    clients::assert_no_complaint(&written);
    assert_profiles(&server, "sampled-express", "node", "handle");
}

#[test]
fn a_profile_that_was_answered_survives_the_end_of_power() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    // Whatever stands in it, what is nearly a boundary among it.
    let payload: Vec<u8> = (0..300_000_u32)
        .flat_map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes())
        .chain(*b"\r\n--x-\r\n--x")
        .collect();
    let event = r#"{"version":"4","family":"go","tags_profiler":"service:cart,env:prod"}"#;
    let mut form = b"--xx\r\nContent-Disposition: form-data; name=\"event\"\r\n\r\n".to_vec();
    form.extend(event.as_bytes());
    form.extend(b"\r\n--xx\r\nContent-Disposition: form-data; name=\"a\"; ");
    form.extend(b"filename=\"cpu.pprof\"\r\n\r\n");
    form.extend(&payload);
    form.extend(b"\r\n--xx--\r\n");
    let url = format!("{}/profiling/v1/input", server.base_url("datadog"));
    let headers = [("content-type", "multipart/form-data; boundary=xx")];
    let client = hannun_e2e::http::Client::default();
    for _ in 0..2 {
        let answer = client.post(&url, &headers, &form).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    server.kill();
    let server = Server::start(&data);
    let kept = attachments(&server, "pprof");
    assert_eq!(kept.len(), 1);
    assert!(kept[0].1 == payload);
    assert_eq!(text(&kept[0].0, "service_name"), "cart");
    server.settle(150);
    assert!(attachments(&server, "pprof")[0].1 == payload);
}
