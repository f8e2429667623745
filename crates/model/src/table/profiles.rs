//! `profiles`: one row an attachment of a profile, as it was sent.

super::columns! {
    TIME = 1 "time" Timestamp Scan "Start of the time that the profile is about.";
    END_TIME = 2 "end_time" Timestamp Scan "End of that time.";
    PROFILE_ID = 3 "profile_id" Text Scan "The same for the attachments that came together.";
    NAME = 4 "name" Text Scan "File name of the attachment, such as `auto.pprof`.";
    FAMILY = 5 "family" Text Scan "Which profiler made it, such as `python` or `node`.";
    FORMAT = 6 "format" Text Scan "`pprof` or `jfr` as far as the name tells; null otherwise.";
    PAYLOAD_BYTES = 7 "payload_bytes" Int Scan "Length of the attachment.";
    PAYLOAD = 8 "payload" Bytes Scan "The attachment, as it was sent.";
    ATTRIBUTES = 9 "attributes" Json Scan "Tags of the profile without a column of their own.";
    EVENT = 10 "event" Json Scan "What the sender said about the profile.";
    SERVICE_NAME = 100 "service_name" Text Scan "Resource `service.name`.";
    SERVICE_VERSION = 101 "service_version" Text Scan "Resource `service.version`.";
    SERVICE_INSTANCE_ID = 103 "service_instance_id" Text Scan "Resource `service.instance.id`.";
    DEPLOYMENT_ENVIRONMENT_NAME = 104 "deployment_environment_name" Text Scan "Resource `deployment.environment.name`.";
    HOST_NAME = 105 "host_name" Text Scan "Resource `host.name`.";
    CONTAINER_ID = 107 "container_id" Text Scan "Resource `container.id`.";
    K8S_NAMESPACE_NAME = 111 "k8s_namespace_name" Text Scan "Resource `k8s.namespace.name`.";
    K8S_POD_NAME = 113 "k8s_pod_name" Text Scan "Resource `k8s.pod.name`.";
    TELEMETRY_SDK_LANGUAGE = 119 "telemetry_sdk_language" Text Scan "Resource `telemetry.sdk.language`.";
}
