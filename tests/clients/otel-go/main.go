// OpenTelemetry for Go with net/http.
package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/contrib/propagators/autoprop"
	"go.opentelemetry.io/contrib/propagators/aws/xray"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/trace"
)

var client = http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport)}

func order(_ http.ResponseWriter, request *http.Request) {
	remote, err := http.NewRequestWithContext(request.Context(), "GET", os.Getenv("REMOTE_URL"), nil)
	if err != nil {
		panic(err)
	}
	answer, err := client.Do(remote)
	if err != nil {
		panic(err)
	}
	answer.Body.Close()
}

func main() {
	exporter, err := autoexport.NewSpanExporter(context.Background())
	if err != nil {
		panic(err)
	}
	options := []trace.TracerProviderOption{trace.WithBatcher(exporter)}
	if os.Getenv("IDS") == "xray" {
		options = append(options, trace.WithIDGenerator(xray.NewIDGenerator()))
	}
	provider := trace.NewTracerProvider(options...)
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(autoprop.NewTextMapPropagator())
	server := httptest.NewServer(otelhttp.NewHandler(http.HandlerFunc(order), "order"))
	http.Get(server.URL)
	provider.Shutdown(context.Background())
}
