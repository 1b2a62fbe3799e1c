/**
 * Who gets what answer of which operation: one row an operation, one column an actor; `ok` is any
 * 2xx. Everybody asks about the tenant that viewer, developer, owner, ownKey and runKey are of: the
 * first key may do what a developer may, the second only run agents. Where the node has to be asked,
 * 502 is the answer to those who may: it is away.
 */
export const TABLE = `
                                                             none       expired    revoked    viewer     developer  owner      otherOwner otherKey   ownKey     runKey     removed    disabled   admin      adminKey
GET /healthz                                                 ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok
GET /readyz                                                  ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok
GET /api/v1/tenants/{id}/audit                               401        401        401        403        403        ok         404        404        403        403        404        401        ok         ok
GET /api/v1/audit                                            401        401        401        403        403        403        403        403        403        403        403        401        ok         ok
POST /api/v1/tenants                                         401        401        401        ok         ok         ok         ok         403        403        403        ok         401        ok         ok
GET /api/v1/tenants                                          401        401        401        ok         ok         ok         ok         ok         ok         ok         ok         401        ok         ok
GET /api/v1/tenants/{id}                                     401        401        401        ok         ok         ok         403        403        ok         403        403        401        ok         ok
PATCH /api/v1/tenants/{id}                                   401        401        401        403        403        ok         403        403        403        403        403        401        ok         ok
DELETE /api/v1/tenants/{id}                                  401        401        401        403        403        ok         403        403        403        403        403        401        ok         ok
POST /api/v1/tenants/{id}/origin                             401        401        401        403        403        403        403        403        403        403        403        401        ok         ok
GET /api/v1/tenants/{id}/members                             401        401        401        403        403        ok         404        404        403        403        404        401        ok         ok
POST /api/v1/tenants/{id}/members                            401        401        401        403        403        ok         404        404        403        403        404        401        ok         ok
PATCH /api/v1/tenants/{id}/members/{userId}                  401        401        401        403        403        ok         404        404        403        403        404        401        ok         ok
DELETE /api/v1/tenants/{id}/members/{userId}                 401        401        401        403        403        ok         404        404        403        403        404        401        ok         ok
GET /api/v1/tenants/{id}/variables                           401        401        401        403        403        ok         404        404        403        403        404        401        ok         ok
PUT /api/v1/tenants/{id}/variables/{name}                    401        401        401        403        403        ok         404        404        403        403        404        401        ok         ok
DELETE /api/v1/tenants/{id}/variables/{name}                 401        401        401        403        403        ok         404        404        403        403        404        401        ok         ok
POST /auth/register                                          ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok
POST /auth/login                                             ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok
POST /auth/refresh                                           ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok         ok
POST /auth/logout                                            401        401        401        ok         ok         ok         ok         403        403        403        ok         401        ok         403
GET /api/v1/me                                               401        401        401        ok         ok         ok         ok         ok         ok         ok         ok         401        ok         ok
PATCH /api/v1/me                                             401        401        401        ok         ok         ok         ok         403        403        403        ok         401        ok         403
GET /api/v1/me/sessions                                      401        401        401        ok         ok         ok         ok         403        403        403        ok         401        ok         403
DELETE /api/v1/me/sessions/{id}                              401        401        401        ok         ok         ok         ok         403        403        403        ok         401        ok         403
GET /api/v1/users                                            401        401        401        403        403        403        403        403        403        403        403        401        ok         ok
GET /api/v1/users/{id}                                       401        401        401        403        403        403        403        403        403        403        403        401        ok         ok
PATCH /api/v1/users/{id}                                     401        401        401        403        403        403        403        403        403        403        403        401        ok         ok
POST /api/v1/tenants/{id}/keys                               401        401        401        403        403        ok         404        404        403        403        404        401        ok         ok
GET /api/v1/tenants/{id}/keys                                401        401        401        403        403        ok         404        404        403        403        404        401        ok         ok
DELETE /api/v1/tenants/{id}/keys/{hash}                      401        401        401        403        403        ok         404        404        403        403        404        401        ok         ok
POST /api/v1/keys                                            401        401        401        403        403        403        403        403        403        403        403        401        ok         403
GET /api/v1/keys                                             401        401        401        403        403        403        403        403        403        403        403        401        ok         403
DELETE /api/v1/keys/{hash}                                   401        401        401        403        403        403        403        403        403        403        403        401        ok         403
POST /api/v1/agents                                          401        401        401        403        ok         ok         404        404        ok         403        404        401        ok         ok
GET /api/v1/agents                                           401        401        401        ok         ok         ok         404        404        ok         403        404        401        ok         ok
GET /api/v1/agents/{name}                                    401        401        401        ok         ok         ok         404        404        ok         403        404        401        ok         ok
PUT /api/v1/agents/{name}                                    401        401        401        403        ok         ok         404        404        ok         403        404        401        ok         ok
DELETE /api/v1/agents/{name}                                 401        401        401        403        ok         ok         404        404        ok         403        404        401        ok         ok
POST /api/v1/agents/{name}/pause                             401        401        401        403        ok         ok         404        404        ok         403        404        401        ok         ok
POST /api/v1/agents/{name}/resume                            401        401        401        403        ok         ok         404        404        ok         403        404        401        ok         ok
GET /api/v1/agents/{name}/versions                           401        401        401        ok         ok         ok         404        404        ok         403        404        401        ok         ok
POST /api/v1/agents/{name}/versions/{n}/revert               401        401        401        403        ok         ok         404        404        ok         403        404        401        ok         ok
POST /api/v1/agents/{name}/run                               401        401        401        403        502        502        404        404        502        502        404        401        502        502
GET /api/v1/agents/{name}/status                             401        401        401        502        502        502        404        404        502        403        404        401        502        502
GET /api/v1/agents/{name}/logs                               401        401        401        ok         ok         ok         404        404        ok         403        404        401        ok         ok
GET /api/v1/agents/{name}/metrics                            401        401        401        ok         ok         ok         404        404        ok         403        404        401        ok         ok
POST /api/v1/tenants/{id}/agents                             401        401        401        403        ok         ok         404        404        ok         403        404        401        ok         ok
GET /api/v1/tenants/{id}/agents                              401        401        401        ok         ok         ok         404        404        ok         403        404        401        ok         ok
GET /api/v1/tenants/{id}/agents/{name}                       401        401        401        ok         ok         ok         404        404        ok         403        404        401        ok         ok
PUT /api/v1/tenants/{id}/agents/{name}                       401        401        401        403        ok         ok         404        404        ok         403        404        401        ok         ok
DELETE /api/v1/tenants/{id}/agents/{name}                    401        401        401        403        ok         ok         404        404        ok         403        404        401        ok         ok
POST /api/v1/tenants/{id}/agents/{name}/pause                401        401        401        403        ok         ok         404        404        ok         403        404        401        ok         ok
POST /api/v1/tenants/{id}/agents/{name}/resume               401        401        401        403        ok         ok         404        404        ok         403        404        401        ok         ok
GET /api/v1/tenants/{id}/agents/{name}/versions              401        401        401        ok         ok         ok         404        404        ok         403        404        401        ok         ok
POST /api/v1/tenants/{id}/agents/{name}/versions/{n}/revert  401        401        401        403        ok         ok         404        404        ok         403        404        401        ok         ok
POST /api/v1/tenants/{id}/agents/{name}/run                  401        401        401        403        502        502        404        404        502        502        404        401        502        502
GET /api/v1/tenants/{id}/agents/{name}/status                401        401        401        502        502        502        404        404        502        403        404        401        502        502
GET /api/v1/tenants/{id}/agents/{name}/logs                  401        401        401        ok         ok         ok         404        404        ok         403        404        401        ok         ok
GET /api/v1/tenants/{id}/agents/{name}/metrics               401        401        401        ok         ok         ok         404        404        ok         403        404        401        ok         ok
GET /api/v1/tenants/{id}/node/v1/{path}                      401        401        401        403        502        502        404        404        502        502        404        401        502        502
POST /api/v1/tenants/{id}/node/v1/agents/{name}/run          401        401        401        403        502        502        404        404        502        502        404        401        502        502
`;
