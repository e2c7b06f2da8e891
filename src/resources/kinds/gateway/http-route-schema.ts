/** What an HTTPRoute may say. The limits and defaults are those of Gateway API's own definition. */
import {
  backendRefs,
  headerMatches,
  parentRefs,
  routeFilters,
  routeStatus,
  valueMatch,
} from "./route-schema-parts.ts";
import {
  type Described,
  duration,
  headerName,
  hostname,
  integer,
  list,
  object,
  own,
  port,
  preciseHostname,
  rules,
  sectionName,
  text,
} from "./schema-parts.ts";

const everything = { path: { type: "PathPrefix", value: "/" } };

const match = object("What a request must be like; all of it.", {
  path: object(
    "The path.",
    {
      type: {
        ...text("How the path is compared; a prefix element by element.", {
          enum: ["Exact", "PathPrefix", "RegularExpression"],
        }),
        default: "PathPrefix",
      },
      value: { ...text("The path, prefix or expression.", { maxLength: 1_024 }), default: "/" },
    },
    [],
    {
      default: everything.path,
      ...rules([
        "self.type == 'RegularExpression' || self.value.startsWith('/')",
        "value must be an absolute path and start with '/' when type is Exact or PathPrefix",
      ]),
    },
  ),
  headers: headerMatches("Headers that the request must have."),
  queryParams: list(
    "Parameters of the query that the request must have.",
    valueMatch("parameter", headerName("Its name.")),
    16,
    ["name"],
  ),
  method: text("The method.", {
    enum: ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"],
  }),
});

const pathModifier = object(
  "Another path.",
  {
    type: text("Whether all of the path is replaced, or the prefix that was matched.", {
      enum: ["ReplaceFullPath", "ReplacePrefixMatch"],
    }),
    replaceFullPath: text("In the place of the path.", { maxLength: 1_024 }),
    replacePrefixMatch: text("In the place of the prefix.", { maxLength: 1_024 }),
  },
  ["type"],
  rules(
    [
      "has(self.replaceFullPath) == (self.type == 'ReplaceFullPath')",
      "replaceFullPath must be set with, and only with, the type ReplaceFullPath",
    ],
    [
      "has(self.replacePrefixMatch) == (self.type == 'ReplacePrefixMatch')",
      "replacePrefixMatch must be set with, and only with, the type ReplacePrefixMatch",
    ],
  ),
);

const filters = (description: string) =>
  routeFilters(description, {
    RequestRedirect: [
      "requestRedirect",
      object("The client is sent elsewhere.", {
        scheme: text("The scheme; that of the request where left out.", { enum: ["http", "https"] }),
        hostname: preciseHostname("The host; that of the request where left out."),
        path: pathModifier,
        port: port("The port; that of the request where left out."),
        statusCode: {
          ...integer("The status of the answer.", { enum: [301, 302, 303, 307, 308] }),
          default: 302,
        },
      }),
    ],
    URLRewrite: [
      "urlRewrite",
      object("The request is sent on with another host or path.", {
        hostname: preciseHostname("The host in the place of that of the request."),
        path: pathModifier,
      }),
    ],
  });

const rule = object(
  "Which requests go where.",
  {
    name: sectionName("What the rule is called within the route."),
    matches: {
      ...list("One of these must fit; every request comes under a rule without any.", match, 64),
      default: [everything],
    },
    filters: filters("What is done to requests and answers."),
    backendRefs: backendRefs(
      "Where requests go, by their weights; without any they are answered with 500, unless a filter answers.",
      filters("What is done to requests that go to this backend, and their answers."),
    ),
    timeouts: object(
      "How long it may take.",
      {
        request: duration("From the request to the end of the answer; 0s for no limit."),
        backendRequest: duration("One attempt at a backend; 0s for no limit."),
      },
      [],
      rules([
        "!has(self.request) || !has(self.backendRequest) || duration(self.request) == duration('0s') || duration(self.backendRequest) <= duration(self.request)",
        "backendRequest timeout cannot be longer than request timeout",
      ]),
    ),
    retry: object("When a request is tried again.", {
      codes: list("The statuses upon which it is.", integer("A status.", { minimum: 400, maximum: 599 }), 64),
      attempts: integer("How often it is tried again at most."),
      backoff: duration("How long is waited before it is tried again."),
    }),
  },
  [],
  rules([
    "!(has(self.backendRefs) && self.backendRefs.size() > 0 && has(self.filters) && self.filters.exists(f, f.type == 'RequestRedirect'))",
    "RequestRedirect filter must not be used together with backendRefs",
  ]),
);

export const httpRouteSchema: Described = object(
  "HTTPRoute says which HTTP requests go to which Services, and what is done to them on the way.",
  {
    ...own,
    spec: object("What is wanted.", {
      parentRefs,
      hostnames: list(
        "The hosts that it is for; those of the listener where left out.",
        hostname("A host, or `*.` and a name for all below it."),
        16,
      ),
      rules: {
        ...list("What is done with requests; the most specific rule counts.", rule, 16),
        default: [{ matches: [everything] }],
      },
    }),
    status: routeStatus,
  },
  ["spec"],
);
