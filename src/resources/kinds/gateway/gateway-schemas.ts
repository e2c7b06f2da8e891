/** What a GatewayClass, a Gateway and a ReferenceGrant may say. The limits and defaults are those of Gateway API's own definitions. */
import {
  conditions,
  type Described,
  group,
  hostname,
  integer,
  kindName,
  list,
  name,
  namespace,
  object,
  own,
  port,
  rules,
  sectionName,
  text,
} from "./schema-parts.ts";

export const gatewayClassSchema: Described = object(
  "GatewayClass says which controller serves the Gateways that name it.",
  {
    ...own,
    spec: object(
      "What is wanted.",
      {
        controllerName: text("The controller: a domain and a path.", {
          minLength: 1,
          maxLength: 253,
          pattern:
            "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$",
          ...rules(["self == oldSelf", "Value is immutable"]),
        }),
        description: text("For people.", { maxLength: 64 }),
        parametersRef: object(
          "An object that configures the controller.",
          {
            group: group("Its API group."),
            kind: kindName("Its kind."),
            name: name("Its name."),
            namespace: namespace("Its namespace, where it has one."),
          },
          ["group", "kind", "name"],
        ),
      },
      ["controllerName"],
    ),
    status: object("How it stands.", {
      conditions: conditions(8, ["Accepted"]),
      supportedFeatures: list(
        "What the controller can do.",
        object("One feature.", { name: text("Its name.") }, ["name"]),
        64,
        ["name"],
      ),
    }),
  },
  ["spec"],
);

const routeKind = object(
  "A kind of routes.",
  {
    group: { ...group("Its API group."), default: "gateway.networking.k8s.io" },
    kind: kindName("The kind."),
  },
  ["kind"],
);

const listener = object(
  "Where connections are taken, for which hosts.",
  {
    name: sectionName("What the listener is called within the Gateway."),
    hostname: hostname(
      "The host that it is for, or `*.` and a name for all below it; every host where left out.",
    ),
    port: port("The port. All are served at the one address that the cluster was given for this."),
    protocol: text("HTTP or HTTPS.", { minLength: 1, maxLength: 255 }),
    tls: object("What HTTPS needs.", {
      mode: {
        ...text("Who ends the encryption.", { enum: ["Terminate", "Passthrough"] }),
        default: "Terminate",
      },
      certificateRefs: list(
        "The Secrets with certificate and key.",
        object(
          "A Secret.",
          {
            group: { ...group("Its API group; empty for the core group."), default: "" },
            kind: { ...kindName("The kind."), default: "Secret" },
            name: name("Its name."),
            namespace: namespace("Where it is; another namespace must allow it by a ReferenceGrant."),
          },
          ["name"],
        ),
        64,
      ),
      options: {
        type: "object",
        description: "What a controller may want to know.",
        additionalProperties: { type: "string" },
      },
    }),
    allowedRoutes: object(
      "Which routes may attach.",
      {
        namespaces: object(
          "Those of which namespaces.",
          {
            from: {
              ...text("All, those of the same namespace, those that the selector chooses, or none.", {
                enum: ["All", "Selector", "Same", "None"],
              }),
              default: "Same",
            },
            selector: object("The labels of the namespaces.", {
              matchLabels: { type: "object", additionalProperties: { type: "string" } },
              matchExpressions: list(
                "What labels must be like.",
                object(
                  "One requirement.",
                  {
                    key: text("The label."),
                    operator: text("In, NotIn, Exists or DoesNotExist."),
                    values: list("Its values.", { type: "string" }, 1_000),
                  },
                  ["key", "operator"],
                ),
                1_000,
              ),
            }),
          },
          [],
          { default: { from: "Same" } },
        ),
        kinds: list("Those of which kinds; all that fit the protocol where left out.", routeKind, 8),
      },
      [],
      { default: { namespaces: { from: "Same" } } },
    ),
  },
  ["name", "port", "protocol"],
);

const address = (required: readonly string[]) =>
  object(
    "An address.",
    {
      type: { ...text("IPAddress or Hostname.", { minLength: 1, maxLength: 253 }), default: "IPAddress" },
      value: text("The address.", { maxLength: 253 }),
    },
    required,
  );

export const gatewaySchema: Described = object(
  "Gateway takes connections from outside and leads them where its routes say.",
  {
    ...own,
    spec: object(
      "What is wanted.",
      {
        gatewayClassName: name("The GatewayClass that it is of."),
        listeners: {
          ...list("Where connections are taken.", listener, 64, ["name"]),
          minItems: 1,
          ...rules(
            [
              "self.all(l, l.protocol in ['HTTP', 'TCP', 'UDP'] ? !has(l.tls) : true)",
              "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']",
            ],
            [
              "self.all(l, l.protocol in ['TCP', 'UDP'] ? !has(l.hostname) || l.hostname == '' : true)",
              "hostname must not be specified for protocols ['TCP', 'UDP']",
            ],
            [
              "self.all(l1, self.exists_one(l2, l1.name == l2.name))",
              "Listener name must be unique within the Gateway",
            ],
            [
              "self.all(l1, self.exists_one(l2, l1.port == l2.port && l1.protocol == l2.protocol && (has(l1.hostname) && has(l2.hostname) ? l1.hostname == l2.hostname : !has(l1.hostname) && !has(l2.hostname))))",
              "Combination of port, protocol and hostname must be unique for each listener",
            ],
          ),
        },
        addresses: list("The addresses that are wished for.", address([]), 16),
        infrastructure: object("What is made for the Gateway.", {
          labels: { type: "object", additionalProperties: { type: "string" } },
          annotations: { type: "object", additionalProperties: { type: "string" } },
        }),
      },
      ["gatewayClassName", "listeners"],
    ),
    status: object("How it stands.", {
      addresses: list("Where it is reached.", address(["value"]), 16),
      conditions: conditions(8, ["Accepted", "Programmed"]),
      listeners: list(
        "How each listener stands.",
        object(
          "How one listener stands.",
          {
            name: sectionName("The name of the listener."),
            supportedKinds: list("The kinds of routes that may attach.", routeKind, 8),
            attachedRoutes: integer("How many routes are attached."),
            conditions: conditions(8),
          },
          ["attachedRoutes", "conditions", "name"],
        ),
        64,
        ["name"],
      ),
    }),
  },
  ["spec"],
);

export const referenceGrantSchema: Described = object(
  "ReferenceGrant lets objects of other namespaces refer to those of its own.",
  {
    ...own,
    spec: object(
      "What is allowed.",
      {
        from: {
          ...list(
            "Who may refer.",
            object(
              "Objects of a kind in a namespace.",
              {
                group: group("Their API group."),
                kind: kindName("Their kind."),
                namespace: namespace("Their namespace."),
              },
              ["group", "kind", "namespace"],
            ),
            16,
          ),
          minItems: 1,
        },
        to: {
          ...list(
            "To what.",
            object(
              "Objects of a kind in the namespace of the grant.",
              {
                group: group("Their API group."),
                kind: kindName("Their kind."),
                name: name("One of them; all where left out."),
              },
              ["group", "kind"],
            ),
            16,
          ),
          minItems: 1,
        },
      },
      ["from", "to"],
    ),
  },
);
