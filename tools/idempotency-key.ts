import * as z from "zod";

/** The header Idempotency-Key, as tools take it. */
export const IdempotencyKey = z.string().min(1).max(255).optional();
