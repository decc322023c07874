const express = require("express");
const { cspNonce, requestId } = require("@production-ready/core/context");
const { onShutdown } = require("@production-ready/core/lifecycle");
const { errorHandler, productionReady } = require("@production-ready/express");

const app = express();
app.use(productionReady());
app.get("/", (req, res) => {
	req.log.info("a line of the program");
	res.json({ id: req.id, fromContext: requestId(), nonce: cspNonce() });
});
app.get("/fault", () => {
	throw new Error("a detail that clients must not see");
});
app.use(errorHandler());
onShutdown("pool", () => console.log("the pool is closed"));
const server = app.listen(0, () => console.log(`port ${server.address().port}`));
