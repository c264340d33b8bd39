#pragma once

#include "base/failure.hpp"
#include "http/problem.hpp"

namespace tailor::api {

/// The answer to a search that failed. Only a refused argument's message is passed on, with its HTTP name.
http::Problem problem_from(const Error& error);

/// The same, and the failure is logged if it is the database's.
http::Problem problem_of(const Error& error);

}  // namespace tailor::api
