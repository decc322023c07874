const { onShutdown } = require("@production-ready/core/lifecycle");
const { productionReady } = require("@production-ready/express");
const express = require("express");

import("./speech.mjs");
const app = express();
app.use(productionReady());
app.get("/now", (_request, response) => response.send("now"));
onShutdown("pool", () => console.log("pool closed"));
const server = app.listen(0, () => console.log(`listening ${server.address().port}`));
