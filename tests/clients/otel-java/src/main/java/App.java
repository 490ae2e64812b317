import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.contrib.awsxray.AwsXrayIdGenerator;
import io.opentelemetry.instrumentation.awssdk.v2_2.AwsSdkTelemetry;
import io.opentelemetry.instrumentation.javahttpclient.JavaHttpClientTelemetry;
import io.opentelemetry.instrumentation.javahttpserver.JavaHttpServerTelemetry;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;

/** OpenTelemetry for Java with the JDK's HTTP server and client, and the AWS SDK v2. */
public class App {
    private final DynamoDbClient dynamodb;
    private final HttpClient http;

    private App(OpenTelemetrySdk telemetry) {
        dynamodb = DynamoDbClient.builder().overrideConfiguration(configuration -> configuration
                .addExecutionInterceptor(AwsSdkTelemetry.create(telemetry).newExecutionInterceptor())).build();
        http = JavaHttpClientTelemetry.create(telemetry).newHttpClient(HttpClient.newHttpClient());
    }

    private void order(HttpExchange exchange) throws IOException {
        dynamodb.listTables();
        try {
            dynamodb.getItem(request -> request.tableName("orders")
                    .key(Map.of("id", AttributeValue.fromS("1"))));
        } catch (DynamoDbException missing) {
            // The table isn't there, which the trace says.
        }
        get(http, URI.create(System.getenv("REMOTE_URL")));
        exchange.sendResponseHeaders(200, -1);
        exchange.close();
    }

    private static void get(HttpClient client, URI address) throws IOException {
        try {
            client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.discarding());
        } catch (InterruptedException stopped) {
            throw new IOException(stopped);
        }
    }

    public static void main(String[] arguments) throws Exception {
        OpenTelemetrySdk telemetry = AutoConfiguredOpenTelemetrySdk.builder()
                .addTracerProviderCustomizer((provider, settings) -> "xray".equals(System.getenv("IDS"))
                        ? provider.setIdGenerator(AwsXrayIdGenerator.getInstance()) : provider)
                .disableShutdownHook().build().getOpenTelemetrySdk();
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", new App(telemetry)::order)
                .getFilters().add(JavaHttpServerTelemetry.create(telemetry).newFilter());
        server.start();
        get(HttpClient.newHttpClient(), URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/"));
        server.stop(0);
        telemetry.close();
    }
}
