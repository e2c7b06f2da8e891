/** From nothing to the first answer with k4s. Prints how many milliseconds it took from the first line of this file. */
const began = performance.now();
const { Cluster } = await import(process.argv[2]);
const cluster = new Cluster({ images: [process.argv[3]] });
await cluster.start();
await cluster.apply({
  kind: "Container",
  metadata: { name: "echo" },
  spec: { module: "echo", function: "echo" },
});
await cluster.waitFor("Container/echo", "Ready");
const answer = await cluster.api.request("container/echo", { n: 1 });
if (answer.n !== 1) throw new Error(`The answer was ${JSON.stringify(answer)}.`);
console.log(performance.now() - began);
await cluster.stop();
