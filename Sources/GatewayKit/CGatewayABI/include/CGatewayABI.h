// The C boundary between the server and a module: one symbol, and the question where the shared image lies.
#ifndef CGATEWAYABI_H
#define CGATEWAYABI_H

// The one symbol that a module exports: `void *dmp_module_abi5(void)`, which returns a retained ModuleEntry.
//
// The number is part of the name and is raised with every incompatible change of GatewayAPI. A module built against an older kit
// then lacks the symbol and is refused before any of its code has run.
#define GATEWAY_MODULE_SYMBOL "dmp_module_abi5"
#define GATEWAY_MODULE_SYMBOL_PREFIX "dmp_module_abi"

// Path of the image that holds this function, which is libGatewayKit.so; null if the loader does not know. Not to be freed.
const char *CGatewayABI_imagePath(void);

#endif
