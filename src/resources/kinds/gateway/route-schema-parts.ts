/** What the schemas of all routes share: parents, backends, header matches, the filters that every kind of route has, and the status. */
import {
  backendRefFields,
  conditions,
  type Described,
  group,
  headerName,
  integer,
  kindName,
  list,
  name,
  namespace,
  object,
  port,
  rules,
  sectionName,
  text,
} from "./schema-parts.ts";

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

export const valueMatch = (of: string, nameField: Described) =>
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

export const headerMatches = (description: string): Described =>
  list(description, valueMatch("header", headerName("Its name, in any case.")), 16, ["name"]);

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

/** By the type of a filter. */
type FilterFields = Readonly<Record<string, readonly [field: string, schema: Described]>>;

const commonFilters: FilterFields = {
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
  ExtensionRef: [
    "extensionRef",
    object(
      "A filter of another kind; there is none here.",
      { group: group("Its API group."), kind: kindName("Its kind."), name: name("Its name.") },
      ["group", "kind", "name"],
    ),
  ],
};

/** What may be there only once. */
const once = ["RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect", "URLRewrite"];

/** @param more the filters that only this kind of route has */
export function routeFilters(description: string, more: FilterFields = {}): Described {
  const fields = { ...commonFilters, ...more };
  const filter = object(
    "What is done to requests or answers.",
    {
      type: text("Which of the fields says what.", { enum: Object.keys(fields) }),
      ...Object.fromEntries(Object.values(fields)),
    },
    ["type"],
    rules(
      ...Object.entries(fields).map(
        ([type, [field]]) =>
          [
            `has(self.${field}) == (self.type == '${type}')`,
            `filter.${field} must be set with, and only with, the type ${type}`,
          ] as const,
      ),
    ),
  );
  return {
    ...list(description, filter, 16),
    ...rules(
      ...(more.URLRewrite ? [oneOfTwo] : []),
      ...once
        .filter(type => fields[type])
        .map(
          type =>
            [`self.filter(f, f.type == '${type}').size() <= 1`, `${type} filter cannot be repeated`] as const,
        ),
    ),
  };
}

const oneOfTwo = [
  "!(self.exists(f, f.type == 'RequestRedirect') && self.exists(f, f.type == 'URLRewrite'))",
  "May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both",
] as const;

/** @param filters of requests for one backend */
export function backendRefs(description: string, filters: Described): Described {
  return list(
    description,
    object(
      "A Service and its part of the requests.",
      {
        ...backendRefFields(),
        weight: {
          ...integer("Its part of the sum of all weights.", { minimum: 0, maximum: 1_000_000 }),
          default: 1,
        },
        filters,
      },
      ["name"],
      rules(portOfService),
    ),
    16,
  );
}

export const parentRefs = list("The resources that the route is attached to.", parentRef, 32);

export const routeStatus = object(
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
);
