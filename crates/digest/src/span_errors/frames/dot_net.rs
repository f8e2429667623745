//! .NET: `at Shop.Orders.Place(Order order) in /src/Orders.cs:line 12`, and in Korean
//! `위치: Shop.Orders.Place(Order order) 파일 C:\src\Orders.cs:줄 12`.

use super::names::{starts_with_any, without_counter};
use super::{Frame, Stack};

const LIBRARIES: &[&str] = &[
    "System.",
    "Microsoft.",
    "lambda_method",
    "MySql.",
    "MySqlConnector.",
    "Npgsql.",
    "Newtonsoft.",
    "Grpc.",
    "Dapper.",
    "StackExchange.",
    "OpenTelemetry.",
    "Castle.",
    "AutoMapper.",
    "MediatR.",
    "Polly.",
    "Serilog.",
    "NLog.",
    "FluentValidation.",
    "Swashbuckle.",
    "Hangfire.",
    "RabbitMQ.",
    "Confluent.",
    "MongoDB.",
    "Oracle.",
    "Amazon.",
    "Azure.",
    "Google.",
    "MassTransit.",
    "Autofac.",
    "Datadog.",
    "Interop.",
    "Internal.",
];
const END_OF_INNER: &[&str] =
    &["--- End of inner exception stack trace", "--- 내부 예외 스택 추적의 끝"];

pub(super) fn frame(line: &str) -> Option<Frame> {
    let text = line.trim();
    let call = text.strip_prefix("at ").or_else(|| text.strip_prefix("위치: "))?;
    let (name, arguments) = call.split_once('(')?;
    arguments.contains(')').then_some(())?;
    // A method has a class; the names of generated ones have no spaces either.
    if !name.contains('.') || name.contains(char::is_whitespace) {
        return None;
    }
    let function = readable(name);
    let in_app = !starts_with_any(&function, LIBRARIES);
    Some(Frame { text: text.to_owned(), function, file: String::new(), in_app })
}

/// `Shop.Orders.<PlaceAsync>d__12.MoveNext` is `Shop.Orders.PlaceAsync`, and
/// ``Shop.Orders.<>c__DisplayClass3_0.<Place>b__0`` is `Shop.Orders.Place`.
fn readable(name: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut is_async = false;
    for part in name.split(['.', '+']) {
        // Classes that hold the variables of closures.
        if part.starts_with("<>c") {
            continue;
        }
        if is_async && part.starts_with("MoveNext") {
            continue;
        }
        match part.strip_prefix('<').and_then(|part| part.split_once('>')) {
            Some((method, made_up)) => {
                is_async = made_up.starts_with("d__");
                parts.push(method.to_owned());
            }
            None => parts.push(part.split(['`', '[']).next().unwrap_or(part).to_owned()),
        }
    }
    without_counter(&parts.join("."), &["|"])
}

pub(super) fn read(lines: &[&str]) -> Stack {
    let mut stack = Stack::default();
    stack.begin_section();
    for line in lines {
        // The innermost exception is told first.
        if starts_with_any(line.trim_start(), END_OF_INNER) {
            stack.begin_section();
        } else if let Some(frame) = frame(line) {
            stack.push(frame);
        }
    }
    stack
}
