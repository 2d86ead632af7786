// Front door of every `npm run` command: works straight after `git clone`. No imports here, so that an old Node can
// still say what it needs.
const neededMajor = 20;
if (Number(process.versions.node.split(".")[0]) < neededMajor) {
  console.error(
    `autorec needs Node ${neededMajor} or newer to start; this is ${process.version} (https://nodejs.org).`,
  );
  process.exitCode = 1;
} else {
  const { main } = await import("./bootstrap/main.mjs");
  process.exitCode = await main(process.argv.slice(2));
}
