/** A promise that is settled from outside: Promise.withResolvers, which Node 20 lacks. */
export class Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;

  constructor() {
    let resolvers: [(value: T) => void, (error: unknown) => void] | undefined;
    this.promise = new Promise((resolve, reject) => {
      resolvers = [resolve, reject];
    });
    const [resolve, reject] = resolvers ?? [() => {}, () => {}];
    this.resolve = resolve;
    this.reject = reject;
  }
}
