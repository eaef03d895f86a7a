/** One partition of one topic, by the topic's id: a recreated topic never meets its predecessor's data. */
export interface TopicPartition {
  readonly topicId: string;
  readonly partition: number;
}
