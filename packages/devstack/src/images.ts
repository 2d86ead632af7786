/** Version of Kafka that devstack runs, from the image and from Maven Central alike. */
export const kafkaVersion = "4.1.0";

/** Kafka of the Docker path; docker-compose.yml names the same one (a test compares them). */
export const kafkaImage = `apache/kafka:${kafkaVersion}`;
/** Redis of the Docker path; docker-compose.yml names the same one (a test compares them). */
export const redisImage = "redis:7.4-alpine";
