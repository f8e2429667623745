//! `POST /api/v1/sql`.

use super::ApiState;
use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hannun_api::{ApiError, ErrorAnswer};
use hannun_model::limits::{ANSWER_READ_AHEAD_BYTES, TABLE_ANSWER_BYTES_MAX};
use hannun_query::describe::ColumnDescription;
use hannun_query::error::QueryErrorKind;
use hannun_query::output::columns::ColumnsWriter;
use hannun_query::output::{Format, csv, json::JsonRows, text};
use hannun_query::{QueryError, QueryLimits, QueryRows};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::VecDeque;
use std::time::Instant;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Says whether the row limit cut the answer, on answers that were complete before they were sent.
const TRUNCATED_HEADER: &str = "hannun-truncated";

pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(query_sql)).routes(routes!(get_sql_schema))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SqlQuery {
    query: String,
    /// `json` (the default), `columns`, `csv`, `arrow` or `table`.
    format: Option<String>,
    max_rows: Option<usize>,
    timeout_seconds: Option<u64>,
}

/// An answer in the format `columns`.
#[derive(Debug, Serialize, ToSchema)]
pub struct ColumnsAnswer {
    columns: Vec<Column>,
    /// A row holds one value for each column. Integers past 2^53 are text.
    rows: Vec<Vec<Value>>,
    /// Whether the row limit cut the answer.
    truncated: bool,
    elapsed_ms: f64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Column {
    name: String,
    /// `int64`, `float64`, `text`, `bool`, `timestamp`, `duration` or `json`.
    r#type: String,
}

/// What a query may name.
#[derive(Debug, Serialize, ToSchema)]
pub struct SqlSchema {
    tables: Vec<SqlSchemaTable>,
    functions: Vec<SqlFunction>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SqlSchemaTable {
    name: String,
    description: String,
    columns: Vec<SqlSchemaColumn>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SqlSchemaColumn {
    name: String,
    r#type: &'static str,
    description: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SqlFunction {
    name: String,
    signature: String,
    description: String,
}

/// Ask in SQL; a client that leaves cancels its query
#[utoipa::path(post, path = "/sql", tag = "query", operation_id = "runSql",
    request_body = SqlQuery,
    responses((status = 200, body = ColumnsAnswer, description = "in the format that was asked for"),
        (status = 400, body = ErrorAnswer), (status = 408, body = ErrorAnswer),
        (status = 422, body = ErrorAnswer)))]
async fn query_sql(
    State(state): State<ApiState>,
    request: Result<Json<SqlQuery>, JsonRejection>,
) -> Result<Response, ApiError> {
    let Json(request) = request?;
    let format = format_of(request.format.as_deref())?;
    let limits = QueryLimits::asked(request.max_rows, request.timeout_seconds);
    Ok(answer(&state, &request.query, limits, format).await?)
}

/// The format with this name; JSON when none is given.
pub(super) fn format_of(name: Option<&str>) -> Result<Format, ApiError> {
    let name = name.unwrap_or("json");
    Format::by_name(name).ok_or_else(|| {
        ApiError::invalid(format!(
            "unknown format {name:?}; use json, columns, csv, arrow or table"
        ))
    })
}

/// Tables, columns and functions, for completion
#[utoipa::path(get, path = "/sql/schema", tag = "query", operation_id = "getSqlSchema",
    responses((status = 200, body = SqlSchema)))]
async fn get_sql_schema(State(state): State<ApiState>) -> Json<SqlSchema> {
    let tables = state.engine.tables().await.into_iter().map(|table| SqlSchemaTable {
        name: table.name,
        description: table.description,
        columns: table.columns.into_iter().map(sql_column).collect(),
    });
    let functions = state.engine.functions().into_iter().map(|function| SqlFunction {
        name: function.name,
        signature: function.signature,
        description: function.description,
    });
    Json(SqlSchema { tables: tables.collect(), functions: functions.collect() })
}

fn sql_column(column: ColumnDescription) -> SqlSchemaColumn {
    let ColumnDescription { name, type_name, description } = column;
    SqlSchemaColumn { name, r#type: type_name, description }
}

/// Runs a query and writes its rows in a format.
pub(super) async fn answer(
    state: &ApiState,
    query: &str,
    limits: QueryLimits,
    format: Format,
) -> Result<Response, QueryError> {
    let started = Instant::now();
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
                    None => (writer.end(rows.truncated(), started)?, Step::End),
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
    let mut bytes: usize = batches.iter().map(RecordBatch::get_array_memory_size).sum();
    while let Some(batch) = rows.next().await? {
        bytes += batch.get_array_memory_size();
        batches.push(batch);
        if bytes > TABLE_ANSWER_BYTES_MAX {
            break;
        }
    }
    if bytes > TABLE_ANSWER_BYTES_MAX {
        let message = "the answer is too large to be drawn as a table; ask for fewer rows or \
                       columns, or in the format json, csv or arrow";
        return Err(QueryError::new(QueryErrorKind::TooLarge, message));
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
    Columns { writer: ColumnsWriter, head: Vec<u8> },
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
            Format::Columns => {
                let writer = ColumnsWriter::default();
                Self::Columns { head: writer.begin(&schema), writer }
            }
        })
    }

    fn begin(&mut self) -> Vec<u8> {
        match self {
            Self::Json(writer) => writer.begin().to_vec(),
            Self::Csv { header } => std::mem::take(header),
            Self::Arrow(writer) => std::mem::take(writer.get_mut()),
            Self::Columns { head, .. } => std::mem::take(head),
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
            Self::Columns { writer, .. } => writer.rows(batch).map_err(arrow_error),
        }
    }

    fn end(&mut self, truncated: bool, started: Instant) -> Result<Vec<u8>, QueryError> {
        match self {
            Self::Json(writer) => Ok(writer.end().to_vec()),
            Self::Csv { .. } => Ok(Vec::new()),
            Self::Arrow(writer) => {
                writer.finish().map_err(arrow_error)?;
                Ok(std::mem::take(writer.get_mut()))
            }
            Self::Columns { writer, .. } => Ok(writer.end(truncated, started.elapsed())),
        }
    }
}
