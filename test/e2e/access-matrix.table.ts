/**
 * Who gets what answer of which operation: one row an operation, one column an actor; `ok` is any
 * 2xx. Everybody asks about the tenant that viewer, developer, owner and ownKey are of. Where the
 * node has to be asked, 502 is the answer to those who may: it is away.
 */
export const TABLE = `
                                                   none       expired    revoked    viewer     developer  owner      otherOwner otherKey   ownKey     removed    disabled   admin      adminKey
GET /healthz                                       ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok
GET /readyz                                        ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok
POST /auth/login                                   ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok
POST /auth/logout                                  401        401        401        ok         ok         ok         ok         403        403        ok         401        ok         403
POST /auth/refresh                                 ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok
POST /auth/register                                ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok
GET /api/v1/me                                     401        401        401        ok         ok         ok         ok         ok         ok         ok         401        ok         ok
GET /api/v1/tenants                                401        401        401        ok         ok         ok         ok         ok         ok         ok         401        ok         ok
POST /api/v1/tenants                               401        401        401        ok         ok         ok         ok         403        403        ok         401        ok         ok
GET /api/v1/tenants/{id}                           401        401        401        ok         ok         ok         403        403        ok         403        401        ok         ok
PATCH /api/v1/tenants/{id}                         401        401        401        403        403        ok         403        403        403        403        401        ok         ok
DELETE /api/v1/tenants/{id}                        401        401        401        403        403        ok         403        403        403        403        401        ok         ok
GET /api/v1/tenants/{id}/keys                      401        401        401        403        403        ok         404        403        403        404        401        ok         ok
POST /api/v1/tenants/{id}/keys                     401        401        401        403        403        ok         404        403        403        404        401        ok         ok
DELETE /api/v1/tenants/{id}/keys/{hash}            401        401        401        403        403        ok         404        403        403        404        401        ok         ok
GET /api/v1/agents                                 401        401        401        ok         ok         ok         404        404        ok         404        401        ok         ok
POST /api/v1/agents                                401        401        401        403        ok         ok         404        404        ok         404        401        ok         ok
GET /api/v1/agents/{name}                          401        401        401        ok         ok         ok         404        404        ok         404        401        ok         ok
PUT /api/v1/agents/{name}                          401        401        401        403        ok         ok         404        404        ok         404        401        ok         ok
DELETE /api/v1/agents/{name}                       401        401        401        403        ok         ok         404        404        ok         404        401        ok         ok
GET /api/v1/agents/{name}/logs                     401        401        401        ok         ok         ok         404        404        ok         404        401        ok         ok
GET /api/v1/agents/{name}/metrics                  401        401        401        ok         ok         ok         404        404        ok         404        401        ok         ok
POST /api/v1/agents/{name}/pause                   401        401        401        403        ok         ok         404        404        ok         404        401        ok         ok
POST /api/v1/agents/{name}/resume                  401        401        401        403        ok         ok         404        404        ok         404        401        ok         ok
POST /api/v1/agents/{name}/run                     401        401        401        403        502        502        404        404        502        404        401        502        502
GET /api/v1/agents/{name}/status                   401        401        401        502        502        502        404        404        502        404        401        502        502
GET /api/v1/agents/{name}/versions                 401        401        401        ok         ok         ok         404        404        ok         404        401        ok         ok
POST /api/v1/agents/{name}/versions/{n}/revert     401        401        401        403        ok         ok         404        404        ok         404        401        ok         ok
`;
