import type { Store } from "../store/database.ts";
import type { Signer } from "../store/secrets.ts";

const PORT_SETTING = "listener_port";

/** What a listener answers to a nonce, to show that it has the data directory's key. */
export interface ListenerProof {
  key: string;
  proof: string;
}

/** What the listeners of one data directory have in common: the sticky port, and how they know each other. */
export class ListenerIdentity {
  readonly #store: Store;
  readonly #signer: Signer;

  constructor(store: Store, signer: Signer) {
    this.#store = store;
    this.#signer = signer;
  }

  async savedPort(): Promise<number | undefined> {
    const row = await this.#store
      .selectFrom("settings")
      .select("value")
      .where("name", "=", PORT_SETTING)
      .executeTakeFirst();
    return row && Number(row.value);
  }

  /** Saves the port if what is saved is still `before`; false when another process was quicker. */
  async savePort(port: number, before: number | undefined): Promise<boolean> {
    const value = String(port);
    if (before === undefined) {
      const inserted = await this.#store
        .insertInto("settings")
        .values({ name: PORT_SETTING, value })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return inserted.numInsertedOrUpdatedRows === 1n;
    }
    const updated = await this.#store
      .updateTable("settings")
      .set({ value })
      .where("name", "=", PORT_SETTING)
      .where("value", "=", String(before))
      .executeTakeFirst();
    return updated.numUpdatedRows === 1n;
  }

  /** HMAC over nonce and port, so that a proof can't be passed on by a listener on another port. */
  prove(nonce: string, port: number): ListenerProof {
    return { key: this.#signer.keyId, proof: this.#signer.sign("listener-challenge", `${nonce}|${port}`) };
  }

  isProof({ key, proof }: ListenerProof, nonce: string, port: number): boolean {
    return this.#signer.verify("listener-challenge", `${nonce}|${port}`, proof, key);
  }
}
