/** The door of http/: which rule an HTTP request comes under, decided alike wherever requests are routed. */
export { HttpRoutes, type HttpRule, placeOf } from "./http-routes.ts";
