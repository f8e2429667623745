//! `span_errors`: one row an error that spans tell of, derived from them when they are published.

super::columns! {
    TIME = 1 "time" Timestamp Scan "When the exception was recorded, or when its span began.";
    FINGERPRINT = 2 "fingerprint" Text Needle "What errors of one issue have in common: 16 hex digits, or `error.fingerprint` as it was sent.";
    ERROR_TYPE = 3 "error_type" Text Scan "Class of the error: `exception.type`, `error.type` or the status.";
    MESSAGE = 4 "message" Text Scan "What the error said.";
    MESSAGE_TEMPLATE = 5 "message_template" Text Scan "The message without numbers, quoted and parenthesised parts.";
    FRAME = 6 "frame" Text Scan "The topmost meaningful frame of the stack, in-app frames first.";
    TRACE_ID = 7 "trace_id" Text Needle "Trace id, lower-case hex.";
    SPAN_ID = 8 "span_id" Text Scan "Span id, lower-case hex.";
    ENDPOINT = 9 "endpoint" Text Scan "What the span was asked, as in `span_stats`.";
    KIND = 10 "kind" Text Scan "Kind of the span.";
    COUNT = 11 "count" Float Scan "How many errors this stands for: more than one when the sender sampled.";
    SERVICE_NAME = 100 "service_name" Text Scan "Resource `service.name`.";
    SERVICE_VERSION = 101 "service_version" Text Scan "Resource `service.version`.";
    DEPLOYMENT_ENVIRONMENT_NAME = 104 "deployment_environment_name" Text Scan "Resource `deployment.environment.name`.";
    TELEMETRY_SDK_LANGUAGE = 119 "telemetry_sdk_language" Text Scan "Resource `telemetry.sdk.language`.";
}
