/** What the service needs of a logger (pino's shape): facts first, sentence second. Never texts, keys or URLs. */
export interface Log {
  error(facts: object, sentence: string): void;
  warn(facts: object, sentence: string): void;
  info(facts: object, sentence: string): void;
  debug(facts: object, sentence: string): void;
}
