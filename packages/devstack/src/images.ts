/** Version of Kafka that devstack runs, from the image and from Maven Central alike. */
export const kafkaVersion = "4.1.0";

/** Images of the Docker path; docker-compose.yml names the same ones (a test compares them). */
export const kafkaImage = `apache/kafka:${kafkaVersion}`;
export const redisImage = "redis:7.4-alpine";
