import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/** The naive job in Kafka Streams, exactly once (v2): one thread, a store in memory with its changelog. See naive_job.py. */
public final class KafkaStreamsJob {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> SEVERITIES = List.of("informational", "low", "medium", "high", "critical");
    private static final Serde<String> TEXT = Serdes.String();
    private static final Serde<byte[]> BYTES = Serdes.ByteArray();

    public static void main(String[] arguments) {
        String prefix = System.getenv("PREFIX");
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "streams-" + prefix);
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, System.getenv("BOOTSTRAP"));
        settings.put(StreamsConfig.STATE_DIR_CONFIG, System.getenv("DATA"));
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        KafkaStreams streams = new KafkaStreams(topology(prefix), settings);
        streams.setUncaughtExceptionHandler(error -> {
            error.printStackTrace();
            Runtime.getRuntime().halt(70);
            return null;
        });
        Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
        streams.start();
    }

    private static Topology topology(String prefix) {
        var text = TEXT.serializer();
        var bytes = BYTES.serializer();
        var store = Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("tickets"), TEXT, BYTES);
        return new Topology()
            .addSource("input", TEXT.deserializer(), BYTES.deserializer(),
                prefix + "security-events", prefix + "calls", prefix + "emails")
            .addProcessor("intake", Intake::new, "input")
            .addSink("to inbox", prefix + "inbox", text, bytes, "intake")
            .addSource("inbox", TEXT.deserializer(), BYTES.deserializer(), prefix + "inbox")
            .addProcessor("ticketing", Ticketing::new, "inbox")
            .addStateStore(store, "ticketing")
            .addSink("journal", prefix + "ticket-events", text, bytes, "ticketing")
            .addSink("alerts", prefix + "alerts", text, bytes, "ticketing");
    }

    /** Puts what came in into the inbox by its tenant. */
    private static final class Intake implements Processor<String, byte[], String, byte[]> {
        private ProcessorContext<String, byte[]> context;

        @Override
        public void init(ProcessorContext<String, byte[]> context) {
            this.context = context;
        }

        @Override
        public void process(Record<String, byte[]> record) {
            JsonNode event = read(record.value());
            if (text(event, "specversion").equals("1.0") && text(event, "type").startsWith("tocsin.")) {
                context.forward(record.withKey(text(event, "tenant")).withValue(write(event)));
            }
        }
    }

    /** Opens a ticket or joins one, says so in the journal, and alerts. */
    private static final class Ticketing implements Processor<String, byte[], String, byte[]> {
        private ProcessorContext<String, byte[]> context;
        private KeyValueStore<String, byte[]> tickets;

        @Override
        public void init(ProcessorContext<String, byte[]> context) {
            this.context = context;
            this.tickets = context.getStateStore("tickets");
        }

        @Override
        public void process(Record<String, byte[]> record) {
            JsonNode event = read(record.value());
            String key = matter(event);
            byte[] known = tickets.get(key);
            JsonNode before = known == null ? null : read(known);
            boolean detection = text(event, "type").equals("tocsin.detection");
            int worst = before == null ? -1 : before.get("severity").asInt();
            int severity = detection ? SEVERITIES.indexOf(text(event.get("data"), "severity")) : -1;
            String id = before == null
                ? UUID.nameUUIDFromBytes(key.getBytes(StandardCharsets.UTF_8)).toString() : text(before, "id");
            int inputs = before == null ? 1 : before.get("inputs").asInt() + 1;
            ObjectNode after = JSON.createObjectNode();
            after.put("id", id).put("severity", Math.max(severity, worst)).put("inputs", inputs);
            tickets.put(key, write(after));
            ObjectNode entry = JSON.createObjectNode();
            entry.put("ticket", id).put("seq", inputs).put("input", text(event, "id"));
            entry.put("type", before == null ? "TicketOpened" : "InputJoined");
            if (before == null) {
                entry.set("data", event.get("data"));
            }
            context.forward(record.withKey(id).withValue(write(entry)), "journal");
            if (severity > worst) {
                ObjectNode alert = JSON.createObjectNode();
                alert.put("type", "alert").put("tenant", text(event, "tenant")).put("ticket", id);
                alert.set("data", event.get("data"));
                context.forward(record.withKey(id).withValue(write(alert)), "alerts");
            }
        }
    }

    private static String matter(JsonNode event) {
        JsonNode data = event.get("data");
        String tenant = text(event, "tenant");
        switch (text(event, "type")) {
            case "tocsin.detection":
                return tenant + "/" + text(data, "signature") + "/" + text(data, "asset");
            case "tocsin.email.received":
                return tenant + "/" + text(data, data.has("in_reply_to") ? "in_reply_to" : "message_id");
            case "tocsin.call.placed":
                return tenant + "/" + text(data, "to");
            default:
                return tenant + "/" + text(data, "from");
        }
    }

    private static String text(JsonNode node, String name) {
        return node.get(name).asText();
    }

    private static JsonNode read(byte[] value) {
        try {
            return JSON.readTree(value);
        } catch (java.io.IOException error) {
            throw new java.io.UncheckedIOException(error);
        }
    }

    private static byte[] write(JsonNode node) {
        try {
            return JSON.writeValueAsBytes(node);
        } catch (java.io.IOException error) {
            throw new java.io.UncheckedIOException(error);
        }
    }
}
