import com.google.gson.GsonBuilder;
import com.google.gson.ToNumberPolicy;
import freemarker.template.Configuration;
import freemarker.template.DefaultObjectWrapper;
import freemarker.template.DefaultObjectWrapperBuilder;
import freemarker.template.Template;
import freemarker.template.TemplateExceptionHandler;
import freemarker.template.TemplateHashModel;
import freemarker.template.TemplateModel;
import freemarker.template.TemplateModelException;
import java.io.ByteArrayOutputStream;
import java.io.OutputStreamWriter;
import java.io.StringReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Renders templates over JSON data models with Apache FreeMarker and writes the results as UTF-8.
 *
 * <p>Arguments: template, model, then any number of {@code mode:locale:absent:out}; {@code --} before the next template.
 * mode is {@code strict}, {@code classic} (classic-compatible) or either with {@code -nostrip}
 * (no white-space stripping). absent says what a JSON null becomes: {@code missing} (no such key)
 * or {@code empty} (the empty string); {@code keyless} is {@code missing} where the report fields in addition
 * cannot be listed, only asked for by name. Everything in one run, because starting a JVM is the slow part.
 */
public final class Render {
    public static void main(String[] args) throws Exception {
        for (int i = 0; i < args.length; i++) {
            String source = Files.readString(Path.of(args[i++]));
            String json = Files.readString(Path.of(args[i++]));
            for (; i < args.length && !args[i].equals("--"); i++) {
                String[] variant = args[i].split(":", 4);
                byte[] bytes = render(source, json, variant[0], variant[1], variant[2]);
                Files.write(Path.of(variant[3]), bytes);
            }
        }
    }

    private static byte[] render(String source, String json, String mode, String locale, String absent)
            throws Exception {
        Configuration configuration = new Configuration(Configuration.VERSION_2_3_23);
        configuration.setTemplateExceptionHandler(TemplateExceptionHandler.RETHROW_HANDLER);
        configuration.setLogTemplateExceptions(false);
        configuration.setClassicCompatible(mode.startsWith("classic"));
        configuration.setWhitespaceStripping(!mode.endsWith("-nostrip"));
        configuration.setLocale(Locale.forLanguageTag(locale.replace('_', '-')));

        Object model = new GsonBuilder()
                .setObjectToNumberStrategy(ToNumberPolicy.BIG_DECIMAL)
                .create()
                .fromJson(json, Object.class);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8)) {
            new Template("export", new StringReader(source), configuration)
                    .process(resolveAbsent(model, absent), writer);
        }
        return out.toByteArray();
    }

    private static Object resolveAbsent(Object value, String absent) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> kept = new LinkedHashMap<>();
            map.forEach((key, inner) -> {
                if (inner instanceof Map<?, ?> fields && key.equals("customField") && absent.equals("keyless")) {
                    kept.put((String) key, new Keyless(fields));
                } else if (inner != null) {
                    kept.put((String) key, resolveAbsent(inner, absent));
                } else if (absent.equals("empty")) {
                    kept.put((String) key, "");
                }
            });
            return kept;
        }
        if (value instanceof List<?> list) {
            List<Object> kept = new ArrayList<>();
            list.forEach(inner -> kept.add(resolveAbsent(inner, absent)));
            return kept;
        }
        return value;
    }

    /** A hash whose keys cannot be listed. */
    private record Keyless(Map<?, ?> fields) implements TemplateHashModel {
        private static final DefaultObjectWrapper WRAPPER =
                new DefaultObjectWrapperBuilder(Configuration.VERSION_2_3_23).build();

        @Override
        public TemplateModel get(String key) throws TemplateModelException {
            return WRAPPER.wrap(fields.get(key));
        }

        @Override
        public boolean isEmpty() {
            return fields.isEmpty();
        }
    }
}
