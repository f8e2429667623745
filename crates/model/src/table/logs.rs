//! `logs`: one row a log record.

super::columns! {
    TIME = 1 "time" Timestamp Scan "When it happened; when it was observed if the sender did not say; else when it arrived.";
    TIME_SOURCE = 2 "time_source" Text Scan "Null when the sender gave the time; `observed` or `arrival` otherwise.";
    OBSERVED_TIME = 3 "observed_time" Timestamp Scan "When the collector saw it; null when not sent.";
    TRACE_ID = 4 "trace_id" Text Needle "Trace id, lower-case hex.";
    SPAN_ID = 5 "span_id" Text Scan "Span id, lower-case hex.";
    FLAGS = 6 "flags" Int Scan "Trace flags; null is 0.";
    SEVERITY_NUMBER = 7 "severity_number" Int Scan "1 to 24 (TRACE 1, DEBUG 5, INFO 9, WARN 13, ERROR 17, FATAL 21); null when unspecified.";
    SEVERITY_TEXT = 8 "severity_text" Text Scan "Severity as the source calls it.";
    BODY = 9 "body" Text Scan "The message; a structured body as typed JSON.";
    BODY_TYPE = 10 "body_type" Text Scan "Null for a text body; else `int`, `double`, `bool`, `bytes`, `json` or `empty`.";
    EVENT_NAME = 11 "event_name" Text Scan "Name of the event when the record is one.";
    ATTRIBUTES = 12 "attributes" Attributes Scan "Every attribute without a column of its own.";
    DROPPED_ATTRIBUTES_COUNT = 13 "dropped_attributes_count" Int Scan "Attributes dropped by the sender or by a limit; null is 0.";
    PATTERN_ID = 14 "pattern_id" Text Scan "Id of the pattern of the body; it stays when the pattern learns.";
    PATTERN = 15 "pattern" Text Scan "The pattern of the body as it was known when the record came; variables are `<…>`.";
    RECORD_BYTES = 16 "record_bytes" Int Scan "Bytes of the body and the attributes as they came: what volume is counted by.";
    ADJUSTED_COUNT = 17 "adjusted_count" Float Scan "Records that this one stands for after sampling; null is 1.";
    PIPELINE_ERROR = 18 "pipeline_error" Text Scan "The rule of a pipeline that failed on this record, and why.";
    RETENTION_DAYS = 19 "retention_days" Int Scan "How many days a pipeline keeps this record; null is as long as the table.";
    SERVICE_NAME = 100 "service_name" Text Scan "Resource `service.name`.";
    SERVICE_VERSION = 101 "service_version" Text Scan "Resource `service.version`.";
    SERVICE_NAMESPACE = 102 "service_namespace" Text Scan "Resource `service.namespace`.";
    SERVICE_INSTANCE_ID = 103 "service_instance_id" Text Scan "Resource `service.instance.id`.";
    DEPLOYMENT_ENVIRONMENT_NAME = 104 "deployment_environment_name" Text Scan "Resource `deployment.environment.name` (also `deployment.environment`).";
    HOST_NAME = 105 "host_name" Text Scan "Resource `host.name`.";
    HOST_ID = 106 "host_id" Text Scan "Resource `host.id`.";
    CONTAINER_ID = 107 "container_id" Text Scan "Resource `container.id`.";
    CONTAINER_NAME = 108 "container_name" Text Scan "Resource `container.name`.";
    CONTAINER_IMAGE_NAME = 109 "container_image_name" Text Scan "Resource `container.image.name`.";
    K8S_CLUSTER_NAME = 110 "k8s_cluster_name" Text Scan "Resource `k8s.cluster.name`.";
    K8S_NAMESPACE_NAME = 111 "k8s_namespace_name" Text Scan "Resource `k8s.namespace.name`.";
    K8S_NODE_NAME = 112 "k8s_node_name" Text Scan "Resource `k8s.node.name`.";
    K8S_POD_NAME = 113 "k8s_pod_name" Text Scan "Resource `k8s.pod.name`.";
    K8S_DEPLOYMENT_NAME = 114 "k8s_deployment_name" Text Scan "Resource `k8s.deployment.name`.";
    CLOUD_PROVIDER = 115 "cloud_provider" Text Scan "Resource `cloud.provider`.";
    CLOUD_ACCOUNT_ID = 116 "cloud_account_id" Text Scan "Resource `cloud.account.id`.";
    CLOUD_REGION = 117 "cloud_region" Text Scan "Resource `cloud.region`.";
    CLOUD_AVAILABILITY_ZONE = 118 "cloud_availability_zone" Text Scan "Resource `cloud.availability_zone`.";
    TELEMETRY_SDK_LANGUAGE = 119 "telemetry_sdk_language" Text Scan "Resource `telemetry.sdk.language`.";
    RESOURCE_ATTRIBUTES = 120 "resource_attributes" Json Scan "Every other attribute of the resource.";
    RESOURCE_DROPPED_ATTRIBUTES_COUNT = 121 "resource_dropped_attributes_count" Int Scan "Attributes of the resource that were dropped by the sender or by a limit; null is 0.";
    RESOURCE_ENTITY_REFS = 122 "resource_entity_refs" Json Scan "Entities that the resource describes.";
    RESOURCE_SCHEMA_URL = 123 "resource_schema_url" Text Scan "Schema of the resource's conventions.";
    SCOPE_NAME = 124 "scope_name" Text Scan "Name of the instrumentation scope (library or logger).";
    SCOPE_VERSION = 125 "scope_version" Text Scan "Version of the instrumentation scope.";
    SCOPE_ATTRIBUTES = 126 "scope_attributes" Json Scan "Attributes of the instrumentation scope.";
    SCOPE_DROPPED_ATTRIBUTES_COUNT = 127 "scope_dropped_attributes_count" Int Scan "Attributes of the scope that were dropped; null is 0.";
    SCOPE_SCHEMA_URL = 128 "scope_schema_url" Text Scan "Schema of the scope's conventions.";
    RESOURCE_ABSENT = 129 "resource_absent" Bool Scan "True when the sender named no resource at all.";
    SCOPE_ABSENT = 130 "scope_absent" Bool Scan "True when the sender named no scope at all.";
    HTTP_REQUEST_METHOD = 200 "http_request_method" Text Scan "Attribute `http.request.method` (also `http.method`).";
    HTTP_RESPONSE_STATUS_CODE = 201 "http_response_status_code" Int Scan "Attribute `http.response.status_code` (also `http.status_code`).";
    HTTP_ROUTE = 202 "http_route" Text Scan "Attribute `http.route`.";
    URL_FULL = 203 "url_full" Text Scan "Attribute `url.full` (also `http.url`).";
    URL_PATH = 204 "url_path" Text Scan "Attribute `url.path`.";
    CLIENT_ADDRESS = 205 "client_address" Text Scan "Attribute `client.address` (also `http.client_ip`).";
    ERROR_TYPE = 206 "error_type" Text Scan "Attribute `error.type`.";
    USER_ID = 207 "user_id" Text Scan "Attribute `user.id` (also `enduser.id`).";
    SESSION_ID = 208 "session_id" Text Scan "Attribute `session.id`.";
    THREAD_NAME = 209 "thread_name" Text Scan "Attribute `thread.name`.";
    CODE_FUNCTION_NAME = 210 "code_function_name" Text Scan "Attribute `code.function.name` (also `code.function`).";
    CODE_FILE_PATH = 211 "code_file_path" Text Scan "Attribute `code.file.path` (also `code.filepath`).";
    CODE_LINE_NUMBER = 212 "code_line_number" Int Scan "Attribute `code.line.number` (also `code.lineno`).";
    EXCEPTION_TYPE = 250 "exception_type" Text Scan "Attribute `exception.type`.";
    EXCEPTION_MESSAGE = 251 "exception_message" Text Scan "Attribute `exception.message`.";
    EXCEPTION_STACKTRACE = 252 "exception_stacktrace" Text Scan "Attribute `exception.stacktrace`.";
}

/// See [`super::Table::text_columns`].
pub(super) const TEXT_COLUMNS: &[usize] = &[
    SEVERITY_TEXT,
    BODY,
    EVENT_NAME,
    ATTRIBUTES,
    PATTERN_ID,
    PIPELINE_ERROR,
    SERVICE_NAME,
    SERVICE_VERSION,
    SERVICE_NAMESPACE,
    SERVICE_INSTANCE_ID,
    DEPLOYMENT_ENVIRONMENT_NAME,
    HOST_NAME,
    HOST_ID,
    CONTAINER_ID,
    CONTAINER_NAME,
    CONTAINER_IMAGE_NAME,
    K8S_CLUSTER_NAME,
    K8S_NAMESPACE_NAME,
    K8S_NODE_NAME,
    K8S_POD_NAME,
    K8S_DEPLOYMENT_NAME,
    CLOUD_PROVIDER,
    CLOUD_ACCOUNT_ID,
    CLOUD_REGION,
    CLOUD_AVAILABILITY_ZONE,
    TELEMETRY_SDK_LANGUAGE,
    RESOURCE_ATTRIBUTES,
    SCOPE_NAME,
    SCOPE_VERSION,
    SCOPE_ATTRIBUTES,
    HTTP_REQUEST_METHOD,
    HTTP_RESPONSE_STATUS_CODE,
    HTTP_ROUTE,
    URL_FULL,
    URL_PATH,
    CLIENT_ADDRESS,
    ERROR_TYPE,
    USER_ID,
    SESSION_ID,
    THREAD_NAME,
    CODE_FUNCTION_NAME,
    CODE_FILE_PATH,
    CODE_LINE_NUMBER,
    EXCEPTION_TYPE,
    EXCEPTION_MESSAGE,
    EXCEPTION_STACKTRACE,
];
