//! What generated telemetry talks about, and how skewed it is.

use hannun_e2e::otlp::attribute;
use hannun_e2e::random::Random;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;

pub const SERVICES: [&str; 20] = [
    "gateway",
    "checkout",
    "cart",
    "catalog",
    "payment",
    "search",
    "recommendation",
    "shipping",
    "email",
    "currency",
    "ads",
    "inventory",
    "user-profile",
    "auth",
    "session",
    "review",
    "coupon",
    "settlement",
    "fraud-detection",
    "image-resizer",
];

pub const ROUTES: [&str; 8] = [
    "/api/products/{id}",
    "/api/cart",
    "/api/checkout",
    "/api/orders/{id}",
    "/api/search",
    "/api/users/{id}/profile",
    "/api/recommendations",
    "/healthz",
];

pub const KOREAN: [&str; 10] = [
    "결제 요청이 승인되었습니다",
    "재고가 부족하여 주문을 보류합니다",
    "배송지 주소를 확인할 수 없습니다",
    "외부 은행 응답이 지연되고 있습니다",
    "쿠폰 적용에 실패했습니다",
    "사용자 세션이 만료되었습니다",
    "이미지 변환 작업을 다시 시도합니다",
    "정산 배치가 정상적으로 끝났습니다",
    "알림 메일 발송 대기열이 가득 찼습니다",
    "검색 색인을 갱신하는 중입니다",
];

pub const ENGLISH: [&str; 12] = [
    "request completed",
    "connection pool exhausted, waiting for a free connection",
    "cache miss for key",
    "retrying upstream call after timeout",
    "order placed",
    "slow query detected",
    "message consumed from topic",
    "failed to parse response body",
    "token refreshed",
    "rate limit reached for client",
    "background job finished",
    "feature flag evaluated",
];

/// The first of many is chosen far more often than the last, as services are in practice.
pub fn skewed(random: &mut Random, count: usize) -> usize {
    let uniform = (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
    // Cubing moves half of all choices into the first eighth.
    ((uniform * uniform * uniform) * count as f64) as usize
}

/// A duration of a microsecond to some seconds with a long tail, in nanoseconds.
pub fn duration_ns(random: &mut Random) -> u64 {
    let magnitude = 10_u64.pow(3 + u32::try_from(random.below(6)).unwrap_or(0));
    magnitude + random.below(magnitude * 9)
}

/// 16 lower-case hex digits.
pub fn hex_id(random: &mut Random) -> String {
    format!("{:016x}", random.next_u64())
}

/// An integer attribute.
pub fn int_attribute(key: &str, value: i64) -> KeyValue {
    let value = AnyValue { value: Some(any_value::Value::IntValue(value)) };
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

/// The resource of one of a service's instances.
pub fn resource(service: usize, instance: u64) -> Resource {
    let name = SERVICES[service];
    let attributes = vec![
        attribute("service.name", name),
        attribute("service.version", &format!("1.{}.0", service % 7)),
        attribute("deployment.environment.name", "production"),
        attribute("k8s.namespace.name", "shop"),
        attribute("k8s.pod.name", &format!("{name}-{:x}-{instance}", 0x7d4b_9c00 + service)),
        attribute("host.name", &format!("node-{}", (service as u64 + instance) % 6)),
        attribute("telemetry.sdk.language", "java"),
    ];
    Resource { attributes, ..Resource::default() }
}
