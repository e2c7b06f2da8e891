/** The door of entrance/: where Ingresses and Gateways take connections. */
export { HttpListener, type HttpListenerParts } from "./http-listener.ts";
