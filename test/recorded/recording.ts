/** A story as it was recorded: what was asked for, what became of the objects, and what was told of it. */

export type Data = Record<string, unknown>;

export interface Story {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly changes: readonly RecordedChange[];
  readonly events: readonly RecordedEvent[];
  readonly settled: readonly { readonly kind: string; readonly name: string; readonly object: Data }[];
}

export interface Step {
  readonly on?: string;
  readonly status?: number;
  readonly request?: {
    readonly method: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: Data;
  };
  readonly wait?: string | Awaited;
}

export interface Awaited {
  readonly kind: string;
  /** With `*` for what is not known of it. */
  readonly name: string;
  readonly field?: string;
  readonly equals?: unknown;
  readonly count?: number;
  readonly gone?: boolean;
  readonly exists?: boolean;
}

export interface RecordedChange {
  readonly type: string;
  readonly kind: string;
  readonly name: string;
  readonly object?: Data;
  readonly set?: Data;
}

export interface RecordedEvent {
  readonly type: string;
  readonly reason: string;
  readonly about: string;
  readonly from: string;
  readonly message: string;
}
