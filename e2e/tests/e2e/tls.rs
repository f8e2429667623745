//! TLS on every listener, with certificates that are read again when they change.

use hannun_e2e::{Server, ServerOptions, eventually, now_ns, otlp, tools};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// Makes a self-signed certificate for 127.0.0.1 and localhost; false when `openssl` is absent.
fn make_certificate(folder: &Path, common_name: &str) -> bool {
    let Some(mut openssl) = tools::program("openssl") else { return false };
    // Written beside and moved, so that the server never reads half of a file.
    let (certificate, key) = (folder.join("new-cert.pem"), folder.join("new-key.pem"));
    openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj"]);
    openssl.arg(format!("/CN={common_name}"));
    openssl.args(["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]);
    openssl.arg("-keyout").arg(&key).arg("-out").arg(&certificate);
    tools::output_of(&mut openssl);
    std::fs::rename(key, folder.join("key.pem")).unwrap();
    std::fs::rename(certificate, folder.join("cert.pem")).unwrap();
    true
}

fn start(folder: &Path) -> Server {
    let certificate = folder.join("cert.pem");
    let key = folder.join("key.pem");
    let arguments =
        ["--tls-cert", certificate.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
    let options = ServerOptions { scheme: "https", ..ServerOptions::with(&arguments) };
    let server = Server::start_with(&folder.join("data"), &options);
    eventually("readyz answers over TLS", 30, || {
        curl(folder, &format!("{}/readyz", server.base_url("http")), None).0 == 200
    });
    server
}

fn curl(folder: &Path, url: &str, body: Option<&Value>) -> (u16, String) {
    curl_as(folder, url, body, None)
}

fn curl_as(folder: &Path, url: &str, body: Option<&Value>, header: Option<&str>) -> (u16, String) {
    let mut curl = tools::curl().unwrap();
    curl.arg("--cacert").arg(folder.join("cert.pem"));
    if let Some(body) = body {
        curl.args(["--header", "content-type: application/json", "--data", &body.to_string()]);
    }
    if let Some(header) = header {
        curl.args(["--header", header]);
    }
    tools::curl_answer(&curl.arg(url).output().unwrap())
}

fn span_request(id: u64) -> Value {
    let time = now_ns().to_string();
    json!({"resourceSpans": [{"scopeSpans": [{"spans": [{
        "traceId": format!("{id:032x}"), "spanId": format!("{id:016x}"), "name": "tls",
        "startTimeUnixNano": time, "endTimeUnixNano": time
    }]}]}]})
}

fn count_spans(folder: &Path, server: &Server) -> Value {
    let url = format!("{}/api/v1/sql", server.base_url("http"));
    let query = json!({"query": "SELECT count(*) AS n FROM spans"});
    let owner = format!("authorization: {}", server.authorization());
    let (status, body) = curl_as(folder, &url, Some(&query), Some(&owner));
    assert_eq!(status, 200, "{body}");
    serde_json::from_str::<Value>(&body).unwrap()[0]["n"].clone()
}

/// The common name of the certificate that a listener shows now.
fn shown_certificate(address: &str) -> String {
    let script = format!(
        "openssl s_client -connect {address} </dev/null 2>/dev/null | openssl x509 -noout -subject"
    );
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn intake_and_api_work_over_tls_and_a_new_certificate_needs_no_restart() {
    let folder = tempfile::tempdir().unwrap();
    if tools::program("curl").is_none() || !make_certificate(folder.path(), "first") {
        return;
    }
    let server = start(folder.path());
    let url = server.otlp_url("traces");
    assert_eq!(curl(folder.path(), &url, Some(&span_request(1))).0, 200);
    let on_main = format!("{}/otlp/v1/traces", server.base_url("http"));
    assert_eq!(curl(folder.path(), &on_main, Some(&span_request(2))).0, 200);
    assert_eq!(count_spans(folder.path(), &server), 2);
    // Without TLS nothing gets in.
    let plain = format!("http://{}/v1/traces", server.address("otlp_http"));
    let refused = hannun_e2e::http::Client::default().post(
        &plain,
        &[("content-type", "application/x-protobuf")],
        &otlp::traces("plain", vec![otlp::span(9, now_ns())]),
    );
    assert!(refused.is_err() || refused.is_ok_and(|response| response.status >= 400));

    for listener in ["http", "otlp_http", "otlp_grpc"] {
        assert!(shown_certificate(&server.address(listener)).contains("first"), "{listener}");
    }
    assert!(make_certificate(folder.path(), "second"));
    eventually("the new certificate is shown", 60, || {
        ["http", "otlp_http", "otlp_grpc"]
            .iter()
            .all(|listener| shown_certificate(&server.address(listener)).contains("second"))
    });
    assert_eq!(curl(folder.path(), &url, Some(&span_request(3))).0, 200);
    assert_eq!(count_spans(folder.path(), &server), 3);

    // A broken file is not taken: the last good certificate stays.
    std::fs::write(folder.path().join("broken.pem"), "no certificate").unwrap();
    let good = std::fs::read(folder.path().join("cert.pem")).unwrap();
    std::fs::rename(folder.path().join("broken.pem"), folder.path().join("cert.pem")).unwrap();
    std::thread::sleep(std::time::Duration::from_secs(8));
    assert!(shown_certificate(&server.address("http")).contains("second"));
    std::fs::write(folder.path().join("cert.pem"), good).unwrap();
}

#[test]
fn python_exports_over_grpc_with_tls() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut python) = tools::python("tls_grpc.py") else { return };
    if !make_certificate(folder.path(), "grpc") {
        return;
    }
    let server = start(folder.path());
    let endpoint = format!("https://{}", server.address("otlp_grpc"));
    tools::output_of(python.arg(endpoint).arg(folder.path().join("cert.pem")));
    assert_eq!(count_spans(folder.path(), &server), 3);
}
