//! `POST /api/v1/sql`.

use super::ApiState;
use crate::access::refuse;
use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hannun_model::limits::ANSWER_READ_AHEAD_BYTES;
use hannun_query::error::QueryErrorKind;
use hannun_query::output::{Format, csv, json::JsonRows, text};
use hannun_query::{QueryError, QueryLimits, QueryRows};
use serde::Deserialize;
use std::collections::VecDeque;

/// Says whether the row limit cut the answer, on answers that were complete before they were sent.
const TRUNCATED_HEADER: &str = "hannun-truncated";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqlRequest {
    query: String,
    /// `json` (the default), `csv`, `arrow` or `table`.
    format: Option<String>,
    max_rows: Option<usize>,
    timeout_seconds: Option<u64>,
}

/// Answers a query. The rows are sent as they are found; a client that leaves cancels it.
pub async fn sql(
    State(state): State<ApiState>,
    request: Result<Json<SqlRequest>, JsonRejection>,
) -> Response {
    let request = match request {
        Ok(Json(request)) => request,
        Err(rejection) => {
            return refuse(rejection.status(), "invalid_request", &rejection.body_text());
        }
    };
    let name = request.format.as_deref().unwrap_or("json");
    let Some(format) = Format::by_name(name) else {
        let message = format!("unknown format {name:?}; use json, csv, arrow or table");
        return refuse(StatusCode::BAD_REQUEST, "invalid_request", &message);
    };
    let limits = QueryLimits::asked(request.max_rows, request.timeout_seconds);
    match answer(&state, &request.query, limits, format).await {
        Ok(response) => response,
        Err(error) => refuse(status_of(&error), error.code(), &error.message),
    }
}

fn status_of(error: &QueryError) -> StatusCode {
    match error.kind {
        QueryErrorKind::Invalid => StatusCode::BAD_REQUEST,
        QueryErrorKind::Forbidden => StatusCode::FORBIDDEN,
        QueryErrorKind::Deadline => StatusCode::REQUEST_TIMEOUT,
        QueryErrorKind::TooLarge => StatusCode::UNPROCESSABLE_ENTITY,
        QueryErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

async fn answer(
    state: &ApiState,
    query: &str,
    limits: QueryLimits,
    format: Format,
) -> Result<Response, QueryError> {
    let mut rows = state.engine.query(query, limits).await?;
    // Most errors show early, while the status can still say so; most answers are complete by then.
    let (ahead, complete) = read_ahead(&mut rows).await?;
    if format == Format::Table {
        return whole_table(rows, ahead).await;
    }
    let truncated = complete.then_some(rows.truncated());
    let writer = Writer::new(format, &rows)?;
    let stream = futures::stream::try_unfold(
        (rows, ahead, writer, Step::Begin),
        move |(mut rows, mut ahead, mut writer, step)| async move {
            let (bytes, step) = match step {
                Step::Begin => (writer.begin(), Step::Rows),
                Step::Rows => match next_rows(&mut rows, &mut ahead, complete).await? {
                    Some(batch) => (writer.rows(&batch)?, Step::Rows),
                    None => (writer.end()?, Step::End),
                },
                Step::End => return Ok(None),
            };
            Ok::<_, QueryError>(Some((Bytes::from(bytes), (rows, ahead, writer, step))))
        },
    );
    let headers = [(header::CONTENT_TYPE, format.content_type())];
    let mut response = (headers, Body::from_stream(stream)).into_response();
    if let Some(truncated) = truncated {
        let value = HeaderValue::from_static(if truncated { "true" } else { "false" });
        response.headers_mut().insert(TRUNCATED_HEADER, value);
    }
    Ok(response)
}

/// Reads up to [`ANSWER_READ_AHEAD_BYTES`]. Answers the batches and whether they are all there are.
async fn read_ahead(rows: &mut QueryRows) -> Result<(VecDeque<RecordBatch>, bool), QueryError> {
    let mut batches = VecDeque::new();
    let mut bytes = 0;
    while bytes < ANSWER_READ_AHEAD_BYTES {
        let Some(batch) = rows.next().await? else { return Ok((batches, true)) };
        bytes += batch.get_array_memory_size();
        batches.push_back(batch);
    }
    Ok((batches, false))
}

enum Step {
    Begin,
    Rows,
    End,
}

async fn next_rows(
    rows: &mut QueryRows,
    ahead: &mut VecDeque<RecordBatch>,
    complete: bool,
) -> Result<Option<RecordBatch>, QueryError> {
    match ahead.pop_front() {
        Some(batch) => Ok(Some(batch)),
        None if complete => Ok(None),
        None => rows.next().await,
    }
}

async fn whole_table(
    mut rows: QueryRows,
    ahead: VecDeque<RecordBatch>,
) -> Result<Response, QueryError> {
    let mut batches = Vec::from(ahead);
    while let Some(batch) = rows.next().await? {
        batches.push(batch);
    }
    if batches.is_empty() {
        batches.push(RecordBatch::new_empty(rows.schema()));
    }
    let mut table = text::table(&batches).map_err(arrow_error)?;
    table.push('\n');
    if rows.truncated() {
        table.push_str("(cut at the row limit; ask with a larger max_rows)\n");
    }
    Ok(([(header::CONTENT_TYPE, Format::Table.content_type())], table).into_response())
}

fn arrow_error(error: ArrowError) -> QueryError {
    QueryError::new(QueryErrorKind::Internal, error.to_string())
}

/// Turns batches into bytes of one format.
enum Writer {
    Json(JsonRows),
    Csv { header: Vec<u8> },
    Arrow(Box<StreamWriter<Vec<u8>>>),
}

impl Writer {
    fn new(format: Format, rows: &QueryRows) -> Result<Self, QueryError> {
        let schema = rows.schema();
        Ok(match format {
            Format::Json | Format::Table => Self::Json(JsonRows::default()),
            Format::Csv => Self::Csv { header: csv::header(&schema) },
            Format::Arrow => {
                let writer = StreamWriter::try_new(Vec::new(), &schema).map_err(arrow_error)?;
                Self::Arrow(Box::new(writer))
            }
        })
    }

    fn begin(&mut self) -> Vec<u8> {
        match self {
            Self::Json(writer) => writer.begin().to_vec(),
            Self::Csv { header } => std::mem::take(header),
            Self::Arrow(writer) => std::mem::take(writer.get_mut()),
        }
    }

    fn rows(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, QueryError> {
        match self {
            Self::Json(writer) => writer.rows(batch).map_err(arrow_error),
            Self::Csv { .. } => csv::rows(batch).map_err(arrow_error),
            Self::Arrow(writer) => {
                writer.write(batch).map_err(arrow_error)?;
                Ok(std::mem::take(writer.get_mut()))
            }
        }
    }

    fn end(&mut self) -> Result<Vec<u8>, QueryError> {
        match self {
            Self::Json(writer) => Ok(writer.end().to_vec()),
            Self::Csv { .. } => Ok(Vec::new()),
            Self::Arrow(writer) => {
                writer.finish().map_err(arrow_error)?;
                Ok(std::mem::take(writer.get_mut()))
            }
        }
    }
}
