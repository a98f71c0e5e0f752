import type * as z from "zod";
import type { KeyScope, Scope } from "./scopes.ts";

/**
 * A route with an API key. `{name}` in `path` is a field of `input`; the other fields travel in the query of a GET or
 * DELETE, else in a JSON body.
 */
export interface Endpoint<I extends z.ZodObject = z.ZodObject, O extends z.ZodObject = z.ZodObject> {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  scope: KeyScope;
  /** `safe`: a repeat changes nothing. `keyed`: safe with an Idempotency-Key. `never`: not to be repeated. */
  retry: "safe" | "keyed" | "never";
  success: 200 | 201 | 202 | 302;
  /** Another status of success; the summary says when. */
  otherSuccess?: 200 | 201 | 202;
  summary: string;
  input: I;
  output: O;
}

/** One operation of REST v1. The server's route, the client's method and the tool's schemas all derive from it. */
export interface Operation<I extends z.ZodObject = z.ZodObject, O extends z.ZodObject = z.ZodObject>
  extends Endpoint<I, O> {
  scope: Scope;
}

export function op<I extends z.ZodObject, O extends z.ZodObject>(operation: Operation<I, O>): Operation<I, O> {
  return operation;
}

/** What a caller may send: defaults may be left out. Wire names. */
export type InputOf<Op extends Endpoint> = z.input<Op["input"]>;
/** What comes back. Wire names. */
export type OutputOf<Op extends Endpoint> = z.output<Op["output"]>;

type CamelKey<S extends string> = S extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<CamelKey<Tail>>}` : S;

/** A wire type with the names used inside. Records (user-made keys) keep theirs. */
export type Camel<T> = T extends readonly (infer U)[]
  ? Camel<U>[]
  : T extends object
    ? { [K in keyof T as K extends string ? CamelKey<K> : K]: Camel<T[K]> }
    : T;
