import io.undertow.Undertow;
import io.undertow.server.handlers.BlockingHandler;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

/** Asks the next service, in Java; nothing here traces. */
class Stock {
    public static void main(String[] arguments) {
        var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        var next = HttpRequest.newBuilder(URI.create(System.getenv("NEXT_URL"))).build();
        Undertow.builder()
            .addHttpListener(Integer.parseInt(System.getenv("PORT")), "0.0.0.0")
            .setHandler(new BlockingHandler(exchange ->
                exchange.getResponseSender().send(client.send(next, BodyHandlers.ofString()).body())))
            .build()
            .start();
    }
}
