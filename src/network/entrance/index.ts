/** The door of entrance/: where Ingresses and Gateways take connections. */
export { HttpListener } from "./http-listener.ts";
