//! rsyslog from Debian: both formats and framings of syslog, and its Elasticsearch output.

use hannun_e2e::{Server, ServerOptions, eventually, int, text, tools};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running rsyslogd. It is killed when dropped.
struct Rsyslog(Child);

impl Drop for Rsyslog {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Sends each message four times: over UDP, over TCP with either framing, and as documents.
fn configuration(folder: &Path, server: &Server) -> String {
    let port = |listener| server.address(listener).rsplit_once(':').unwrap().1.to_owned();
    let folder = folder.display();
    format!(
        r#"global(workDirectory="{folder}")
module(load="imuxsock" SysSock.Use="off")
module(load="omelasticsearch")
input(type="imuxsock" Socket="{folder}/in" CreatePath="on")
template(name="document" type="list" option.jsonf="on") {{
  property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="severity" name="syslogseverity-text" format="jsonf")
  property(outname="service" name="programname" format="jsonf")
  property(outname="message" name="msg" format="jsonf")
  constant(outname="way" value="elasticsearch" format="jsonf")
}}
action(type="omfwd" target="127.0.0.1" port="{udp}" protocol="udp"
       template="RSYSLOG_SyslogProtocol23Format")
action(type="omfwd" target="127.0.0.1" port="{tcp}" protocol="tcp"
       template="RSYSLOG_TraditionalForwardFormat")
action(type="omfwd" target="127.0.0.1" port="{tcp}" protocol="tcp" TCP_Framing="octet-counted"
       template="RSYSLOG_SyslogProtocol23Format")
action(type="omelasticsearch" server="{http}/elasticsearch" searchIndex="rsyslog" bulkmode="on"
       template="document" healthchecktimeout="5000")
"#,
        udp = port("syslog_udp"),
        tcp = port("syslog_tcp"),
        http = server.base_url("http"),
    )
}

#[test]
fn rsyslog_forwards_over_every_protocol() {
    if !Path::new("/usr/sbin/rsyslogd").exists() {
        tools::skip("rsyslogd is not installed (rsyslog, rsyslog-elasticsearch)");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let options = ServerOptions::with(&[
        "--syslog-udp-listen=127.0.0.1:0",
        "--syslog-tcp-listen=127.0.0.1:0",
    ]);
    let server = Server::start_with(&folder.path().join("data"), &options);
    let file = folder.path().join("rsyslog.conf");
    std::fs::write(&file, configuration(folder.path(), &server)).unwrap();
    let child = Command::new("/usr/sbin/rsyslogd")
        .args(["-n", "-f"])
        .arg(&file)
        .arg("-i")
        .arg(folder.path().join("rsyslog.pid"))
        .stdout(Stdio::null())
        .spawn()
        .expect("rsyslogd starts");
    let _rsyslog = Rsyslog(child);
    let socket = folder.path().join("in");
    eventually("rsyslog listens", 20, || socket.exists());
    let message = "주문 실패: 재고 없음 [order=42]";
    for tag in ["cart", "pay"] {
        let sent = Command::new("logger")
            .arg("--socket")
            .arg(&socket)
            .args(["--tag", tag, "--priority", "local3.err", "--id=77", "--", message])
            .status();
        assert!(sent.expect("logger runs").success());
    }
    eventually("both messages came four times", 30, || server.count("logs") >= 8);
    let rows = server.rows(
        "SELECT service_name, count(*) AS n, count(DISTINCT host_name) AS hosts, \
         min(severity_number) AS least, max(severity_number) AS most, \
         count(DISTINCT trim(body)) AS bodies, min(trim(body)) AS body, \
         count(*) FILTER (WHERE attributes['syslog.facility'] = 'local3') AS syslog, \
         count(*) FILTER (WHERE attributes['way'] = 'elasticsearch') AS documents, \
         count(*) FILTER (WHERE time_source IS NULL) AS timed \
         FROM logs GROUP BY service_name ORDER BY service_name",
    );
    assert_eq!(rows.len(), 2);
    for (row, service) in rows.iter().zip(["cart", "pay"]) {
        assert_eq!(text(row, "service_name"), service);
        assert_eq!((int(row, "n"), int(row, "hosts"), int(row, "timed")), (4, 1, 4));
        assert_eq!((int(row, "least"), int(row, "most")), (17, 17));
        assert_eq!((int(row, "bodies"), text(row, "body")), (1, message));
        assert_eq!((int(row, "syslog"), int(row, "documents")), (3, 1));
    }
}
