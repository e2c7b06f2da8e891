/**
 * What is said to etcd and what it answers: its v3 API as its JSON gateway writes it. Bytes are base64, numbers of 64 bits are text,
 * and what is zero or empty is left out.
 */

export interface KeyValue {
  readonly key: string;
  readonly value?: string;
  readonly create_revision?: string;
  readonly mod_revision?: string;
  readonly version?: string;
}

export interface Header {
  readonly revision?: string;
  /** Of all servers of one etcd, and of no other. */
  readonly cluster_id?: string;
  /** Counts those that have led its servers. */
  readonly raft_term?: string;
}

export interface RangeRequest {
  readonly key: string;
  readonly range_end?: string;
  readonly limit?: string;
  readonly revision?: string;
  readonly keys_only?: boolean;
}

export interface RangeAnswer {
  readonly header?: Header;
  readonly kvs?: readonly KeyValue[];
  readonly more?: boolean;
}

export interface PutOperation {
  readonly request_put: { readonly key: string; readonly value: string };
}

export type Operation =
  | PutOperation
  | { readonly request_delete_range: { readonly key: string; readonly range_end?: string } }
  | { readonly request_range: RangeRequest };

export type Compare =
  | {
      readonly target: "MOD";
      readonly result: "EQUAL";
      readonly key: string;
      /** All keys up to this one are compared, where it is given. */
      readonly range_end?: string;
      readonly mod_revision: string;
    }
  | { readonly target: "VERSION"; readonly result: "EQUAL"; readonly key: string; readonly version: string };

export interface Transaction {
  readonly compare: readonly Compare[];
  readonly success: readonly Operation[];
  readonly failure: readonly Operation[];
}

export interface TransactionAnswer {
  readonly header?: Header;
  readonly succeeded?: boolean;
  readonly responses?: readonly { readonly response_range?: RangeAnswer }[];
}

export interface WatchEvent {
  readonly type?: "DELETE";
  readonly kv: KeyValue;
}

export interface WatchAnswer {
  readonly header?: Header;
  readonly created?: boolean;
  readonly canceled?: boolean;
  readonly cancel_reason?: string;
  readonly compact_revision?: string;
  readonly events?: readonly WatchEvent[];
}

export function encoded(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

export function decoded(base64 = ""): string {
  return Buffer.from(base64, "base64").toString("utf8");
}

/** A number of 64 bits. Revisions stay far below what a number of JavaScript holds exactly. */
export function int64(text: string | undefined): number {
  return text === undefined ? 0 : Number(text);
}

/** Where the keys end that begin with this: the first key behind them. The prefix must not be empty. */
export function endOf(prefix: string): string {
  const last = prefix.charCodeAt(prefix.length - 1);
  return prefix.slice(0, -1) + String.fromCharCode(last + 1);
}

export function holds(key: string, revision: number): Compare {
  return { target: "MOD", result: "EQUAL", key: encoded(key), mod_revision: String(revision) };
}

/** That no key is there from one up to another. */
export function isEmpty(from: string, to: string): Compare {
  return { target: "MOD", result: "EQUAL", key: encoded(from), range_end: encoded(to), mod_revision: "0" };
}

export function put(key: string, value: string): PutOperation {
  return { request_put: { key: encoded(key), value: encoded(value) } };
}

/** @param value in base64 already */
export function putEncoded(key: string, value: string): PutOperation {
  return { request_put: { key: encoded(key), value } };
}

export function remove(key: string): Operation {
  return { request_delete_range: { key: encoded(key) } };
}

/** All from one key up to another, which stays. */
export function removeBetween(from: string, to: string): Operation {
  return { request_delete_range: { key: encoded(from), range_end: encoded(to) } };
}

/** Asks for a key without its value: which revision it has. */
export function looksAt(key: string): Operation {
  return { request_range: { key: encoded(key), keys_only: true } };
}

/** The revision that an operation `looksAt` has found; 0 where there is no such key. */
export function foundAt(answer: TransactionAnswer, index: number): number {
  return int64(answer.responses?.[index]?.response_range?.kvs?.[0]?.mod_revision);
}
