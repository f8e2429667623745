//! What the shape of a message shows.

use super::normalise;
use crate::form::render;

fn template(message: &str) -> String {
    let mut normal = Vec::new();
    normalise(message, &mut normal);
    render(&normal)
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (message, expected) in cases {
        assert_eq!(template(message), *expected, "of {message:?}");
    }
}

#[test]
fn numbers_take_their_sign_their_parts_and_their_unit() {
    check(&[
        ("retry 3 of 10", "retry <num> of <num>"),
        ("delta -27, ratio 0.5, now 1.5e-05", "delta <num>, ratio <num>, now <num>"),
        ("klogd 1.4.1 on 2.6.5-1.358", "klogd <num> on <num>"),
        ("took 12ms and 3 sec or 90 seconds", "took <duration> and <duration> or <duration>"),
        ("used 6.0 KB of 512MiB or 38.8 B", "used <size> of <size> or <size>"),
        ("845 bytes (1.2 KB) sent, 0 bytes sent", "<size> sent, <size> sent"),
        ("1048576B read", "<size> read"),
        ("lifetime <1 sec", "lifetime <duration>"),
        ("disk 45% full", "disk <num>% full"),
        ("3 hosts, 2nd try, 7163Calories", "<num> hosts, <num> try, <num>Calories"),
        ("a - b, range 1-2", "a - b, range <num>"),
    ]);
}

#[test]
fn identifiers_keep_the_words_in_them() {
    check(&[
        ("worker-12 of node_3", "worker-<num> of node_<num>"),
        ("attempt_1445144423722_0020_m_000001_0", "attempt_<num>_m_<num>"),
        ("block blk_-5815145248455404269 gone", "block blk_<num> gone"),
        ("session 0x34ee30a5c53002b", "session <hex>"),
        ("commit 7317849d, mapped ffff3000", "commit <hex>, mapped <hex>"),
        ("token a8Fk29xQ used", "token <id> used"),
        ("user 84a1f8c2-5d0f-4b7e-9a35-1c2d3e4f5a6b left", "user <uuid> left"),
        ("req-84a1f8c2-5d0f-4b7e-9a35-1c2d3e4f5a6b", "req-<uuid>"),
        ("deadbeef and cafe are words", "deadbeef and cafe are words"),
    ]);
}

#[test]
fn addresses_hosts_and_places_are_whole() {
    check(&[
        ("from 10.0.0.7:8080 to /10.0.0.8", "from <ip>:<num> to /<ip>"),
        ("net 10.0.0.0/8 via fe80::1", "net <ip> via <ip>"),
        ("at 2001:db8:85a3:0:0:8a2e:370:7334.", "at <ip>."),
        ("mapped ::ffff:10.0.0.1 here", "mapped <ip> here"),
        ("mac 00:1a:2b:3c:4d:5e is up", "mac <hex> is up"),
        ("db-1.eu.example.com:5432 refused", "<host>:<num> refused"),
        ("mail to kim@example.co.kr bounced", "mail to <email> bounced"),
        ("open /var/log/app.log: denied", "open <path>: denied"),
        ("GET /cart?item=7&n=1 HTTP/1.1", "GET <path> HTTP/<num>"),
        ("fetch https://a.example.com:8443/x?y=1.", "fetch <url>."),
        ("copy C:\\Users\\kim\\a.txt now", "copy <path> now"),
        ("class org.apache.Main, file main.rs:12", "class org.apache.Main, file main.rs:<num>"),
        ("TCP/IP and read/write", "TCP/IP and read/write"),
    ]);
}

#[test]
fn timestamps_are_one_variable_in_every_usual_spelling() {
    check(&[
        ("at 2024-05-06T07:08:09.123Z done", "at <time> done"),
        ("at 2024-05-06 07:08:09,123 done", "at <time> done"),
        ("on 2024/05/06 and 17/06/09", "on <time> and <time>"),
        ("[10/Oct/2000:13:55:36 -0700] ok", "[<time>] ok"),
        ("at Wed Jul 27 10:59:53 2005", "at <time>"),
        ("since Sat May 8 09:04:50 EDT 2004", "since <time>"),
        ("Wed, 27 Jul 2005 10:59:53 GMT sent", "<time> sent"),
        ("lifetime 00:17", "lifetime <time>"),
        ("May I ask", "May I ask"),
    ]);
}

#[test]
fn lists_of_any_length_are_one_form() {
    assert_eq!(template("delete blk_1 blk_2 blk_3"), template("delete blk_7 blk_8"));
    assert_eq!(template("ids [1, 2, 3, 4]"), template("ids [1, 2]"));
    assert_eq!(template("to a1.example.com, b.example.org"), "to <host>");
    assert_eq!(template("columns 1 2 3"), "columns <num> <num> <num>");
}

#[test]
fn korean_particles_do_not_divide_a_pattern() {
    assert_eq!(template("주문 123이 결제됨"), "주문 <num>이 결제됨");
    assert_eq!(template("주문 124가 결제됨"), "주문 <num>이 결제됨");
    assert_eq!(template("사용자 kim@example.com를 삭제"), template("사용자 a9@example.com을 삭제"));
    assert_eq!(template("用户123登录成功"), "用户<num>登录成功");
}

#[test]
fn an_empty_value_in_parentheses_is_a_value() {
    assert_eq!(template("from 1.2.3.4 () at"), "from <ip> (<str>) at");
    assert_eq!(template("init() called"), "init() called");
}

#[test]
fn colours_and_white_space_do_not_count() {
    assert_eq!(template("\x1b[31mERROR\x1b[0m  disk\tfull \r\n"), "ERROR disk full");
    assert_eq!(template(" \n "), "");
}

#[test]
fn several_lines_are_told_by_the_first_or_by_what_it_announces() {
    assert_eq!(template("boom at 7\n  at Main.java:3\n  at X.java:9"), "boom at <num>");
    assert_eq!(
        template("Traceback (most recent call last):\n  File \"a.py\", line 3\nKeyError: 7\n"),
        "Traceback (most recent call last): KeyError: <num>"
    );
}

#[test]
fn what_lies_past_the_limits_is_the_rest() {
    let long = template(&"word ".repeat(10_000));
    assert!(long.starts_with("word word") && long.ends_with("word <…>"), "{long}");
    assert_eq!(template(&"가".repeat(1_000_000)).chars().last(), Some('>'));
    let signs = template(&"=".repeat(500));
    assert_eq!(signs, format!("{} <…>", "=".repeat(128)));
}

#[test]
fn placeholders_in_a_message_are_variables() {
    assert_eq!(template("order <num> of <*> <memory:7>"), "order <num> of <*> <memory:<num>>");
}
