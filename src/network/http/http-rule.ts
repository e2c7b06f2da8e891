/**
 * What a rule for HTTP says: for which requests it is, what is changed of them, and where they go. An HTTPRoute of Gateway API and an
 * Ingress both come down to these. The fields are called as in HTTPRoute; what is for a request alike is written down once.
 */
import type { HostPattern } from "./host-pattern.ts";

/** @template B what a backend is for who made the rule: it is handed back as it was given */
export interface HttpRule<B> {
  /** None: for every host. */
  readonly hosts: readonly HostPattern[];
  /** One of them must fit. None: every request. */
  readonly matches: readonly HttpMatch[];
  /** Only asked where no other rule fits. */
  readonly isFallback?: boolean;
  readonly filters?: HttpFilters<B>;
  readonly backends: readonly WeightedBackend<B>[];
  readonly timeouts?: HttpTimeouts;
  readonly retry?: HttpRetry;
}

/** All that it says must be so. */
export interface HttpMatch {
  readonly path?: PathMatch;
  readonly method?: string;
  readonly headers?: readonly ValueMatch[];
  readonly queryParams?: readonly ValueMatch[];
  /** How specific the path is, where its length does not say so: the higher goes before. It is then as an exact one. */
  readonly specificity?: number;
}

export interface PathMatch {
  /** A prefix is compared element by element; an expression is in RE2's syntax and must fit the whole path. */
  readonly type: "Exact" | "PathPrefix" | "RegularExpression";
  readonly value: string;
}

export interface ValueMatch {
  readonly type?: "Exact" | "RegularExpression";
  readonly name: string;
  readonly value: string;
}

/** What is done to requests and answers; each at most once, as HTTPRoute has it. */
export interface HttpFilters<B> {
  readonly requestHeaders?: HeaderModifier;
  readonly responseHeaders?: HeaderModifier;
  readonly redirect?: RequestRedirect;
  readonly rewrite?: UrlRewrite;
  readonly mirrors?: readonly Mirror<B>[];
}

/** First `set`, then `add`, then `remove`. */
export interface HeaderModifier {
  readonly set?: readonly HeaderValue[];
  readonly add?: readonly HeaderValue[];
  readonly remove?: readonly string[];
}

interface HeaderValue {
  readonly name: string;
  readonly value: string;
}

export interface RequestRedirect {
  readonly scheme?: string;
  readonly hostname?: string;
  readonly path?: PathModifier;
  readonly port?: number;
  /** Default: 302. */
  readonly statusCode?: number;
}

export interface UrlRewrite {
  readonly hostname?: string;
  readonly path?: PathModifier;
}

export type PathModifier =
  | { readonly type: "ReplaceFullPath"; readonly replaceFullPath: string }
  | { readonly type: "ReplacePrefixMatch"; readonly replacePrefixMatch: string };

/** A copy of each request, or of a part of them, whose answers nobody reads. */
interface Mirror<B> {
  readonly backend: B;
  /** Of 1. Default: all. */
  readonly fraction?: number;
}

export interface WeightedBackend<B> {
  readonly backend: B;
  /** Its part of all weights. */
  readonly weight: number;
  readonly filters?: HttpFilters<B>;
}

/** In milliseconds; 0 for no limit. */
export interface HttpTimeouts {
  /** From the request's arrival to the end of the answer, all attempts together. */
  readonly request?: number;
  /** One attempt at one backend. */
  readonly backendRequest?: number;
}

export interface HttpRetry {
  /** The statuses that count as a failure. */
  readonly codes?: readonly number[];
  /** How often it is tried again. */
  readonly attempts?: number;
  /** The least wait before it is tried again, in milliseconds. */
  readonly backoff?: number;
}
