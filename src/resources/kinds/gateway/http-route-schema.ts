/** What an HTTPRoute may say. The limits and defaults are those of Gateway API's own definition. */
import type { Described } from "./schema-parts.ts";
import {
  backendRefFields,
  conditions,
  duration,
  group,
  headerName,
  hostname,
  integer,
  kindName,
  list,
  name,
  namespace,
  object,
  own,
  port,
  preciseHostname,
  rules,
  sectionName,
  text,
} from "./schema-parts.ts";

const everything = { path: { type: "PathPrefix", value: "/" } };

const portOfService = [
  "self.group != '' || self.kind != 'Service' || has(self.port)",
  "Must have port for Service reference",
] as const;

const parentRef = object(
  "A resource that the route is attached to: a Gateway, or a Service.",
  {
    group: { ...group("The API group of the parent."), default: "gateway.networking.k8s.io" },
    kind: { ...kindName("The kind of the parent: Gateway or Service."), default: "Gateway" },
    namespace: namespace("Where the parent is; the namespace of the route where left out."),
    name: name("The name of the parent."),
    sectionName: sectionName("One listener of the Gateway, by its name; all of them where left out."),
    port: port("Only listeners of this port, or this port of the Service."),
  },
  ["name"],
);

const valueMatch = (of: string, nameField: Described) =>
  object(
    `A ${of} and the value that it must have.`,
    {
      type: {
        ...text("How the value is compared.", { enum: ["Exact", "RegularExpression"] }),
        default: "Exact",
      },
      name: nameField,
      value: text("The value, or an expression that must fit all of it.", { minLength: 1, maxLength: 4_096 }),
    },
    ["name", "value"],
  );

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
  headers: list(
    "Headers that the request must have.",
    valueMatch("header", headerName("Its name, in any case.")),
    16,
    ["name"],
  ),
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

const headerValue = object(
  "A header.",
  {
    name: headerName("Its name, in any case."),
    value: text("Its value.", { minLength: 1, maxLength: 4_096 }),
  },
  ["name", "value"],
);
const headerFilter = (of: string) =>
  object(`Changes to the headers of the ${of}.`, {
    set: list("Headers that replace those of their names.", headerValue, 16, ["name"]),
    add: list("Headers that are added to those of their names.", headerValue, 16, ["name"]),
    remove: {
      ...list("The names of headers that are left out.", { type: "string" }, 16),
      "x-kubernetes-list-type": "set",
    },
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

const filterFields: Readonly<Record<string, readonly [field: string, schema: Described]>> = {
  RequestHeaderModifier: ["requestHeaderModifier", headerFilter("request")],
  ResponseHeaderModifier: ["responseHeaderModifier", headerFilter("answer")],
  RequestMirror: [
    "requestMirror",
    object(
      "A backend that gets a copy of requests; its answers are not read.",
      {
        backendRef: object("Who gets the copy.", backendRefFields(), ["name"], rules(portOfService)),
        percent: integer("How many of a hundred requests; all where left out.", { minimum: 0, maximum: 100 }),
        fraction: object(
          "Which part of the requests.",
          {
            numerator: integer("So many", { minimum: 0 }),
            denominator: { ...integer("of so many.", { minimum: 1 }), default: 100 },
          },
          ["numerator"],
        ),
      },
      ["backendRef"],
      rules(["!(has(self.percent) && has(self.fraction))", "only one of percent or fraction may be set"]),
    ),
  ],
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
  ExtensionRef: [
    "extensionRef",
    object(
      "A filter of another kind; there is none here.",
      { group: group("Its API group."), kind: kindName("Its kind."), name: name("Its name.") },
      ["group", "kind", "name"],
    ),
  ],
};

const filter = object(
  "What is done to requests or answers.",
  {
    type: text("Which of the fields says what.", { enum: Object.keys(filterFields) }),
    ...Object.fromEntries(Object.values(filterFields)),
  },
  ["type"],
  rules(
    ...Object.entries(filterFields).map(
      ([type, [field]]) =>
        [
          `has(self.${field}) == (self.type == '${type}')`,
          `filter.${field} must be set with, and only with, the type ${type}`,
        ] as const,
    ),
  ),
);

/** What may be there only once. */
const once = ["RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect", "URLRewrite"];
const filters = (description: string): Described => ({
  ...list(description, filter, 16),
  ...rules(
    [
      "!(self.exists(f, f.type == 'RequestRedirect') && self.exists(f, f.type == 'URLRewrite'))",
      "May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both",
    ],
    ...once.map(
      type =>
        [`self.filter(f, f.type == '${type}').size() <= 1`, `${type} filter cannot be repeated`] as const,
    ),
  ),
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
    backendRefs: list(
      "Where requests go, by their weights; without any they are answered with 500, unless a filter answers.",
      object(
        "A Service and its part of the requests.",
        {
          ...backendRefFields(),
          weight: {
            ...integer("Its part of the sum of all weights.", { minimum: 0, maximum: 1_000_000 }),
            default: 1,
          },
          filters: filters("What is done to requests that go to this backend, and their answers."),
        },
        ["name"],
        rules(portOfService),
      ),
      16,
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
      parentRefs: list("The resources that the route is attached to.", parentRef, 32),
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
    status: object(
      "How it stands.",
      {
        parents: list(
          "What each parent says of it.",
          object(
            "What one parent says.",
            {
              parentRef,
              controllerName: text("Who says it.", { minLength: 1, maxLength: 253 }),
              conditions: conditions(8),
            },
            ["controllerName", "parentRef"],
          ),
          32,
        ),
      },
      ["parents"],
    ),
  },
  ["spec"],
);
