// The package's types stand behind its "import" condition, where TypeScript does not find them.
declare module "eld/extrasmall" {
  export const eld: {
    detect(text: string): {
      /** ISO 639-1; empty when nothing was detected. */
      language: string;
      /** 0 to 1, by language. */
      getScores(): Record<string, number>;
      isReliable(): boolean;
    };
  };
}
