import { type Source, variables } from "./source";

const CODE = `use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry_sdk::trace::SdkTracerProvider;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // reads OTEL_EXPORTER_OTLP_ENDPOINT
    let exporter = opentelemetry_otlp::SpanExporter::builder().with_http().build()?;
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).build();

    provider.tracer("order").in_span("checkout", |_context| { /* work */ });

    provider.shutdown()?;
    Ok(())
}`;

export const rust: Source = {
  id: "rust",
  name: "Rust",
  target: "otlp_http",
  steps: (settings) => [
    {
      text: "add_dependencies",
      code: "cargo add opentelemetry opentelemetry_sdk opentelemetry-otlp",
    },
    { text: "start_in_code", code: CODE },
    { text: "set", code: variables(settings) },
    { text: "run", code: "cargo run" },
  ],
};
