// Whoever signs out leaves no child's name on the phone.

import { forget } from "./kept.js";

if ("indexedDB" in window) forget().catch(() => undefined);
