//! Java, Kotlin, Scala and Groovy, and PHP as its SDK for OpenTelemetry writes it:
//! `at com.shop.Orders.place(Orders.java:12)`.

use super::names::{starts_with_any, without_generated};
use super::{Frame, Stack};

const SOURCES: [&str; 8] =
    [".java", ".kt", ".kts", ".scala", ".groovy", ".clj", ".php", "SourceFile"];
const LIBRARIES: &[&str] = &[
    "java.",
    "javax.",
    "jakarta.",
    "jdk.",
    "sun.",
    "com.sun.",
    "kotlin.",
    "kotlinx.",
    "scala.",
    "groovy.",
    "clojure.",
    "android.",
    "androidx.",
    "dalvik.",
    "org.springframework.",
    "org.apache.",
    "org.hibernate.",
    "org.eclipse.",
    "org.jboss.",
    "org.glassfish.",
    "io.netty.",
    "io.undertow.",
    "io.vertx.",
    "io.quarkus.",
    "io.micronaut.",
    "io.micrometer.",
    "io.grpc.",
    "io.lettuce.",
    "io.reactivex.",
    "io.ktor.",
    "io.opentelemetry.",
    "io.github.resilience4j.",
    "reactor.",
    "rx.",
    "akka.",
    "feign.",
    "okhttp3.",
    "okio.",
    "retrofit2.",
    "redis.clients.",
    "com.zaxxer.",
    "com.fasterxml.",
    "com.google.common.",
    "com.google.protobuf.",
    "com.google.gson.",
    "com.mysql.",
    "org.mariadb.",
    "org.postgresql.",
    "org.h2.",
    "oracle.",
    "com.microsoft.sqlserver.",
    "com.mongodb.",
    "com.amazonaws.",
    "software.amazon.",
    "com.querydsl.",
    "org.mybatis.",
    "org.jooq.",
    "org.slf4j.",
    "ch.qos.logback.",
    "org.junit.",
    "org.aspectj.",
    "net.bytebuddy.",
    "javassist.",
    "net.sf.",
    "com.netflix.",
    "datadog.",
    "$Proxy",
    // Packages of PHP.
    "Illuminate.",
    "Symfony.",
    "Doctrine.",
    "Laravel.",
    "GuzzleHttp.",
    "Monolog.",
    "Psr.",
    "OpenTelemetry.",
    "Slim.",
    "Laminas.",
];

pub(super) fn frame(line: &str) -> Option<Frame> {
    let text = line.trim();
    let call = text.strip_prefix("at ")?;
    let (name, source) = call.split_once('(')?;
    let (source, _jar) = source.split_once(')')?;
    let is_source = matches!(source, "Native Method" | "<generated>")
        || source.starts_with("Unknown Source")
        || SOURCES.iter().any(|extension| source.contains(extension));
    if !is_source || name.contains(char::is_whitespace) || !name.contains(['.', '$']) {
        return None;
    }
    let function = without_generated(without_module(name));
    let in_app = source != "<generated>" && !starts_with_any(&function, LIBRARIES);
    Some(Frame { text: text.to_owned(), function, file: String::new(), in_app })
}

/// `java.base@17/java.lang.Thread.run` and `app//com.shop.Orders.place` without module and loader.
fn without_module(name: &str) -> &str {
    // The slash of a hidden class (`Orders$$Lambda/0x00.run`) comes behind its name.
    let end = name.find("$$").unwrap_or(name.len());
    name[..end].rfind('/').map_or(name, |at| &name[at + 1..])
}

pub(super) fn read(lines: &[&str]) -> Stack {
    let mut stack = Stack::default();
    stack.begin_section();
    let mut suppressed_indent = None;
    for line in lines {
        let indent = line.len() - line.trim_start().len();
        let text = line.trim_start();
        let is_inner = suppressed_indent.is_some_and(|suppressed| indent >= suppressed);
        if text.starts_with("Caused by: ") && !is_inner {
            suppressed_indent = None;
            stack.begin_section();
        } else if text.starts_with("Suppressed: ") {
            suppressed_indent = suppressed_indent.or(Some(indent));
        } else if let Some(frame) = frame(line) {
            // What was suppressed is shown, and is not where the error comes from.
            match suppressed_indent {
                Some(_) => stack.show(frame),
                None => stack.push(frame),
            }
        }
    }
    stack.calls.reverse();
    stack
}
