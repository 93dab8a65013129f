// Strict reading of JSON bodies: the expected fields, of the expected types, within limits, and
// nothing else.
//
// Every error is `bad_json` (or `too_large`) and names the field in our words, never what was in
// it.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"

namespace lightkeeper::routes {

constexpr std::size_t kMaxJsonDepth = 8;

/// One JSON object. Names passed in must be literals. A field that is null counts as absent.
class Fields {
 public:
  /// Refuses what is not one JSON object, is nested deeper than kMaxJsonDepth, or names a field
  /// twice.
  [[nodiscard]] static Result<Fields> parse(BytesView body);

  [[nodiscard]] bool has(std::string_view name) const;
  /// Text of `least` to `most` bytes of UTF-8.
  [[nodiscard]] Result<std::string> text(std::string_view name, std::size_t least,
                                         std::size_t most);
  [[nodiscard]] Result<std::optional<std::string>> optional_text(std::string_view name,
                                                                 std::size_t most);
  /// Canonical base64url without padding, `least` to `most` bytes once decoded.
  [[nodiscard]] Result<Bytes> bytes(std::string_view name, std::size_t least, std::size_t most);
  template <std::size_t N>
  [[nodiscard]] Result<ByteArray<N>> array(std::string_view name) {
    LK_TRY(decoded, bytes(name, N, N));
    return to_array<N>(decoded);
  }
  template <class Identifier>
  [[nodiscard]] Result<Identifier> id(std::string_view name) {
    LK_TRY(hex, text(name, 32, 32));
    auto out = Identifier::from_hex(hex);
    if (!out) {
      return wrong(name, "32 hexadecimal digits");
    }
    return out;
  }
  template <class Identifier>
  [[nodiscard]] Result<std::vector<Identifier>> ids(std::string_view name, std::size_t most) {
    LK_TRY(all, texts(name, 32, most));
    std::vector<Identifier> out;
    for (const auto& hex : all) {
      auto one = Identifier::from_hex(hex);
      if (!one) {
        return wrong(name, "a list of 32 hexadecimal digits each");
      }
      out.push_back(*one);
    }
    return out;
  }
  /// A whole number from 0 to `most`.
  [[nodiscard]] Result<std::uint64_t> number(std::string_view name, std::uint64_t most);
  /// true or false.
  [[nodiscard]] Result<bool> flag(std::string_view name);
  [[nodiscard]] Result<std::vector<std::string>> texts(std::string_view name,
                                                       std::size_t most_bytes,
                                                       std::size_t most_items);
  [[nodiscard]] Result<std::vector<Bytes>> many_bytes(std::string_view name, std::size_t least,
                                                      std::size_t most, std::size_t most_items);
  [[nodiscard]] Result<Fields> object(std::string_view name);
  [[nodiscard]] Result<std::vector<Fields>> objects(std::string_view name, std::size_t most_items);
  /// Every field was asked for.
  [[nodiscard]] Status finish() const;

 private:
  Fields(std::shared_ptr<const nlohmann::json> document, const nlohmann::json* object)
      : document_(std::move(document)), object_(object) {}
  [[nodiscard]] static std::unexpected<Error> wrong(std::string_view name,
                                                    std::string_view expected);
  [[nodiscard]] const nlohmann::json* find(std::string_view name);

  std::shared_ptr<const nlohmann::json> document_;
  const nlohmann::json* object_;
  std::set<std::string_view> asked_;
};

}  // namespace lightkeeper::routes
