/** EndpointSlice (`discovery.k8s.io/v1`): where a Service's messages can go at the moment. Kept by its controller. */
import type { OwnPart } from "../../definition/index.ts";
import type { EndpointSlice } from "../../generated/kubernetes.gen.ts";
import { someOf } from "../columns/cells.ts";
import { endpointSliceFaults } from "./endpoint-rules.ts";

export const endpointslice: OwnPart<EndpointSlice> = {
  columns: [
    { name: "AddressType", cell: ".addressType" },
    {
      name: "Ports",
      cell: ({ ports }) =>
        someOf((ports ?? []).map(({ port, name }) => String(port ?? name ?? "*"))) || "<unset>",
    },
    {
      name: "Endpoints",
      cell: ({ endpoints }) => someOf((endpoints ?? []).flatMap(each => each.addresses)) || "<unset>",
    },
  ],
  rules: { validate: endpointSliceFaults },
};
