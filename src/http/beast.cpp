// The one translation unit that compiles the non-template code of Boost.Asio and Boost.Beast. It
// changes never, so everything else in this room compiles without it.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
