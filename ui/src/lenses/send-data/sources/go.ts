import { type Source, variables } from "./source";

const CODE = `import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

func startTracing(ctx context.Context) (func(context.Context) error, error) {
	exporter, err := otlptracehttp.New(ctx) // reads OTEL_EXPORTER_OTLP_ENDPOINT
	if err != nil {
		return nil, err
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
	otel.SetTracerProvider(provider)
	return provider.Shutdown, nil
}`;

export const go: Source = {
  id: "go",
  name: "Go",
  target: "otlp_http",
  steps: (settings) => [
    {
      text: "add_dependencies",
      code: "go get go.opentelemetry.io/otel go.opentelemetry.io/otel/sdk \\\n  go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp",
    },
    { text: "start_in_code", code: CODE },
    { text: "set", code: variables(settings) },
    { text: "run", code: "go run ." },
  ],
};
