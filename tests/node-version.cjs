// Plain CommonJS: it must run on every Node, also on those that cannot run this repository.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
	console.error(
		`This repository's scripts need Node 22.18 or later, and this is ${process.version} (${process.execPath}).\n` +
			"pnpm installs a Node of its own (`node` in optionalDependencies); here it is missing, because its install\n" +
			"script did not run or could not download. Do one of these:\n" +
			"  npx --yes pnpm@12.21.0 install --force      to try again\n" +
			"  npx --yes -p node@24 -p pnpm@12.21.0 -c 'pnpm test'   to bring a Node along",
	);
	process.exit(1);
}
