//! `trace_index`: when each trace happened, so that a trace is found without its time.

super::columns! {
    TRACE_ID = 1 "trace_id" Text Needle "Trace id, lower-case hex.";
    FIRST_TIME = 2 "first_time" Timestamp Scan "Start of the earliest span of the trace in one published batch.";
    LAST_TIME = 3 "last_time" Timestamp Scan "Start of the latest span of the trace in that batch.";
}
