import com.amazonaws.xray.AWSXRay;
import com.amazonaws.xray.AWSXRayRecorderBuilder;
import com.amazonaws.xray.proxies.apache.http.HttpClientBuilder;
import com.amazonaws.xray.strategy.sampling.AllSamplingStrategy;
import java.util.Map;
import org.apache.http.client.methods.HttpGet;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;

/** The X-Ray SDK for Java with the AWS SDK v2 and Apache's HTTP client. */
public class App {
    public static void main(String[] arguments) throws Exception {
        AWSXRay.setGlobalRecorder(AWSXRayRecorderBuilder.standard()
                .withSamplingStrategy(new AllSamplingStrategy()).build());
        AWSXRay.beginSegment("shop");
        DynamoDbClient dynamodb = DynamoDbClient.create();
        dynamodb.listTables();
        try {
            dynamodb.getItem(request -> request.tableName("orders")
                    .key(Map.of("id", AttributeValue.fromS("1"))));
        } catch (DynamoDbException missing) {
            // The table isn't there, which the trace says.
        }
        HttpClientBuilder.create().build().execute(new HttpGet(System.getenv("REMOTE_URL"))).close();
        AWSXRay.endSegment();
        Thread.sleep(1000);
    }
}
