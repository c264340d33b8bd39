// Converts rows to JSON. No white space, keys as in the model, timestamps as JavaScript's Date writes them,
// floats in the shortest form that reads back the same.
#pragma once

#include "src/engine/answer.hpp"
#include "src/engine/request.hpp"

namespace tailor::json {

/// {"id","name","email"}; null if the user is not visible.
void append_user(StringInfo out, const User& user);

/// [{"id","imageUrl","description","createdAt"}, …]
void append_works(StringInfo out, List* works);

/// {"data":[…],"pagination":{"page","limit","total","totalPages"}}
void append_answer(StringInfo out, const Answer& answer, const Request& request);

/// {"data":{…}}: the user with "createdAt", and no distance.
void append_single(StringInfo out, const Tailor& tailor);

/// ["…",…]: the ids of the tailors and their users. False if a tailor has none, and nothing is appended.
bool append_shown(StringInfo out, List* tailors);

}  // namespace tailor::json
