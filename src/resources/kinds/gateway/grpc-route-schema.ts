/** What a GRPCRoute may say. The limits and defaults are those of Gateway API's own definition. */
import { backendRefs, headerMatches, parentRefs, routeFilters, routeStatus } from "./route-schema-parts.ts";
import { type Described, hostname, list, object, own, rules, sectionName, text } from "./schema-parts.ts";

const isExact = "(!has(self.type) || self.type == 'Exact')";
const serviceName = "^(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$";
const methodName = "^[A-Za-z_][A-Za-z_0-9]*$";

const match = object("What a call must be like; all of it.", {
  method: object(
    "Which method is called.",
    {
      type: {
        ...text("How service and method are compared.", { enum: ["Exact", "RegularExpression"] }),
        default: "Exact",
      },
      service: text("The service with its package: `shop.Greeter`; any where left out.", {
        maxLength: 1_024,
      }),
      method: text("The method of the service; any where left out.", { maxLength: 1_024 }),
    },
    [],
    rules(
      [
        "has(self.type) ? has(self.service) || has(self.method) : true",
        "One or both of 'service' or 'method' must be specified",
      ],
      [
        `${isExact} && has(self.service) ? self.service.matches(r"""${serviceName}""") : true`,
        `service must only contain valid characters (matching ${serviceName})`,
      ],
      [
        `${isExact} && has(self.method) ? self.method.matches(r"""${methodName}""") : true`,
        `method must only contain valid characters (matching ${methodName})`,
      ],
    ),
  ),
  headers: headerMatches("Metadata that the call must have."),
});

const filters = (description: string) => routeFilters(description);

const rule = object("Which calls go where.", {
  name: sectionName("What the rule is called within the route."),
  matches: list("One of these must fit; every call comes under a rule without any.", match, 64),
  filters: filters("What is done to calls and answers."),
  backendRefs: backendRefs(
    "Where calls go, by their weights; without any they are answered with UNAVAILABLE.",
    filters("What is done to calls that go to this backend, and their answers."),
  ),
});

export const grpcRouteSchema: Described = object(
  "GRPCRoute says which calls of gRPC go to which Services, and what is done to them on the way.",
  {
    ...own,
    spec: object("What is wanted.", {
      parentRefs,
      hostnames: list(
        "The hosts that it is for; those of the listener where left out.",
        hostname("A host, or `*.` and a name for all below it."),
        16,
      ),
      rules: list("What is done with calls; the most specific rule counts.", rule, 16),
    }),
    status: routeStatus,
  },
  ["spec"],
);
