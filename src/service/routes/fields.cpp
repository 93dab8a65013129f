#include "service/routes/fields.hpp"

#include <nlohmann/json.hpp>

namespace lightkeeper::routes {

namespace {

constexpr std::string_view kWhere = "request";

Result<Bytes> decode(std::string_view name, const std::string& text, std::size_t least,
                     std::size_t most) {
  // Refuse by length before decoding: 4 characters carry 3 bytes.
  if (text.size() > (most * 4 + 2) / 3) {
    return fail(ErrorCode::too_large, kWhere, "field '" + std::string(name) + "'");
  }
  auto bytes = from_base64url(text);
  if (!bytes || bytes->size() < least || bytes->size() > most) {
    return fail(ErrorCode::bad_json, kWhere,
                "field '" + std::string(name) +
                    "' is base64url without padding, of the size in the reference");
  }
  return bytes;
}

}  // namespace

std::unexpected<Error> Fields::wrong(std::string_view name, std::string_view expected) {
  return fail(ErrorCode::bad_json, kWhere,
              "field '" + std::string(name) + "' is " + std::string(expected));
}

Result<Fields> Fields::parse(BytesView body) {
  bool too_deep = false;
  bool doubled = false;
  std::vector<std::set<std::string>> names;
  const auto watch = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& value) {
    using Event = nlohmann::json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      too_deep = too_deep || depth >= static_cast<int>(kMaxJsonDepth);
      if (event == Event::object_start) {
        names.emplace_back();
      }
    } else if (event == Event::object_end) {
      names.pop_back();
    } else if (event == Event::key) {
      doubled = doubled || !names.back().insert(value.get<std::string>()).second;
    }
    return !too_deep;  // what is too deep is dropped while reading, so memory stays bounded by the
                       // input
  };
  auto document = std::make_shared<const nlohmann::json>(
      nlohmann::json::parse(body.begin(), body.end(), watch, false));
  if (too_deep || doubled || !document->is_object()) {
    return fail(ErrorCode::bad_json, kWhere,
                too_deep  ? "nested too deeply"
                : doubled ? "a field is there twice"
                          : "one JSON object is expected");
  }
  const auto* object = document.get();
  return Fields(std::move(document), object);
}

const nlohmann::json* Fields::find(std::string_view name) {
  asked_.insert(name);
  const auto found = object_->find(name);
  return found == object_->end() || found->is_null() ? nullptr : &*found;
}

bool Fields::has(std::string_view name) const {
  const auto found = object_->find(name);
  return found != object_->end() && !found->is_null();
}

Result<std::string> Fields::text(std::string_view name, std::size_t least, std::size_t most) {
  const auto* value = find(name);
  if (value == nullptr || !value->is_string()) {
    return wrong(name, "text and has to be there");
  }
  auto text = value->get<std::string>();
  if (text.size() > most) {
    return fail(ErrorCode::too_large, kWhere, "field '" + std::string(name) + "'");
  }
  if (text.size() < least) {
    return wrong(name, "too short");
  }
  return text;
}

Result<std::optional<std::string>> Fields::optional_text(std::string_view name, std::size_t most) {
  if (find(name) == nullptr) {
    return std::nullopt;
  }
  LK_TRY(value, text(name, 0, most));
  return value;
}

Result<Bytes> Fields::bytes(std::string_view name, std::size_t least, std::size_t most) {
  const auto* value = find(name);
  if (value == nullptr || !value->is_string()) {
    return wrong(name, "base64url text and has to be there");
  }
  return decode(name, value->get_ref<const std::string&>(), least, most);
}

Result<std::uint64_t> Fields::number(std::string_view name, std::uint64_t most) {
  const auto* value = find(name);
  if (value == nullptr || !value->is_number_unsigned() || value->get<std::uint64_t>() > most) {
    return wrong(name, "a whole number within its range and has to be there");
  }
  return value->get<std::uint64_t>();
}

Result<bool> Fields::flag(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr || !value->is_boolean()) {
    return wrong(name, "true or false and has to be there");
  }
  return value->get<bool>();
}

Result<std::vector<std::string>> Fields::texts(std::string_view name, std::size_t most_bytes,
                                               std::size_t most_items) {
  const auto* value = find(name);
  if (value == nullptr || !value->is_array()) {
    return wrong(name, "a list and has to be there");
  }
  if (value->size() > most_items) {
    return fail(ErrorCode::too_large, kWhere, "field '" + std::string(name) + "'");
  }
  std::vector<std::string> out;
  for (const auto& item : *value) {
    if (!item.is_string() || item.get_ref<const std::string&>().size() > most_bytes) {
      return wrong(name, "a list of texts within their limit");
    }
    out.push_back(item.get<std::string>());
  }
  return out;
}

Result<std::vector<Bytes>> Fields::many_bytes(std::string_view name, std::size_t least,
                                              std::size_t most, std::size_t most_items) {
  LK_TRY(all, texts(name, (most * 4 + 2) / 3, most_items));
  std::vector<Bytes> out;
  for (const auto& text : all) {
    LK_TRY(one, decode(name, text, least, most));
    out.push_back(std::move(one));
  }
  return out;
}

Result<Fields> Fields::object(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr || !value->is_object()) {
    return wrong(name, "an object and has to be there");
  }
  return Fields(document_, value);
}

Result<std::vector<Fields>> Fields::objects(std::string_view name, std::size_t most_items) {
  const auto* value = find(name);
  if (value == nullptr || !value->is_array()) {
    return wrong(name, "a list and has to be there");
  }
  if (value->size() > most_items) {
    return fail(ErrorCode::too_large, kWhere, "field '" + std::string(name) + "'");
  }
  std::vector<Fields> out;
  for (const auto& item : *value) {
    if (!item.is_object()) {
      return wrong(name, "a list of objects");
    }
    out.push_back(Fields(document_, &item));
  }
  return out;
}

Status Fields::finish() const {
  for (const auto& [name, value] : object_->items()) {
    if (!asked_.contains(name)) {
      return fail(ErrorCode::bad_json, kWhere, "there is a field that is not in the reference");
    }
  }
  return {};
}

}  // namespace lightkeeper::routes
